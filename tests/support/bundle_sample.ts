/** A manifest of a bundle, and a bundle in memory, for tests that need no Docker. */
import { SERVICES } from "../../lib/engine/compose.ts";
import type { BundleManifest } from "../../lib/bundle/manifest.ts";
import { bundleComment } from "../../lib/bundle/sums.ts";
import { theHost } from "../../lib/host/real.ts";
import { BundleWriter } from "../../lib/operations/bundle/write.ts";
import { type SecretKey, sign } from "../../lib/release/signing.ts";

export function sampleManifest(changes: Partial<BundleManifest> = {}): BundleManifest {
  const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
  return {
    schema: 1,
    kind: "rxdx-setup-bundle",
    created: "2026-03-14T10:15:00.000Z",
    setup: "0.1.0",
    arch: "amd64",
    version: "1.4.0",
    postgres: "17.6",
    engine: "28.3.3",
    needs: { engine: "25.0.0", compose: "2.24.4" },
    stops: [],
    requires: [],
    program: { bytes: 3, sha256: "a".repeat(64) },
    images: Object.fromEntries(
      SERVICES.map((service, index) => [service, {
        image: `registry.example.com/rxdx/${service}:1.4.0`,
        id: digest(String(index)),
        manifest: digest(String(index + 4)),
        bytes: 1000,
      }]),
    ) as BundleManifest["images"],
    ...changes,
  };
}

export interface SampleBundle {
  readonly manifest?: BundleManifest;
  /** Text of `bundle.json`, in place of the manifest. */
  readonly manifestText?: string;
  readonly secretKey?: SecretKey;
  /** Instead of that of a bundle. */
  readonly comment?: string;
  /** Written behind the checksums, where nothing may be. */
  readonly behind?: string;
}

/** A small bundle with something of everything but real images. */
export async function writeSampleBundle(path: string, of: SampleBundle = {}): Promise<void> {
  const manifest = of.manifest ?? sampleManifest();
  const sink = await theHost().files.openSink(path, 0o644);
  const writer = new BundleWriter(sink, new Date(manifest.created), () => undefined);
  await writer.text("rxdx-setup", "#!/bin/sh\nexit 0\n");
  await writer.text("README.txt", "read me\n");
  await writer.text(`blobs/sha256/${"0".repeat(64)}`, "layer".repeat(300));
  await writer.text("empty", "");
  await writer.text("bundle.json", of.manifestText ?? JSON.stringify(manifest));
  const sums = writer.sums();
  await writer.text("SHA256SUMS", sums);
  if (of.behind !== undefined) await writer.text(of.behind, "late");
  if (of.secretKey !== undefined) {
    const content = new TextEncoder().encode(sums);
    const comment = of.comment ?? bundleComment(manifest);
    await writer.text("SHA256SUMS.minisig", await sign(of.secretKey, content, comment));
  }
  await writer.finish();
  sink.close();
}
