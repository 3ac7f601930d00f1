/** A release as the supply of a replacement: downloaded, held against its checksum, unpacked. */
import { createHash } from "node:crypto";
import { readTarStream } from "../../backup/tar.ts";
import type { Host } from "../../host/types.ts";
import { releaseError } from "../../release/failure.ts";
import { PROGRAM } from "../../release/files.ts";
import type { StepReport } from "../../steps/step.ts";
import { sizeText } from "../backup/meter.ts";
import { downloaded } from "./download.ts";
import type { Offer } from "./offer.ts";
import type { Supply } from "./steps.ts";

const EVERY_MS = 500;

/** Writes the archive to `path`; it is not opened before its checksum is right. */
async function fetchArchive(
  host: Host,
  offer: Offer,
  path: string,
  report: StepReport,
  signal: AbortSignal,
): Promise<void> {
  const hash = createHash("sha256");
  let total: number | undefined;
  let bytes = 0;
  let told = -EVERY_MS;
  const sink = await host.files.openSink(path, 0o600);
  try {
    for await (const chunk of downloaded(host, offer.url, signal, (size) => total = size)) {
      hash.update(chunk);
      await sink.write(chunk);
      bytes += chunk.length;
      const now = host.clock.monotonic();
      if (now - told < EVERY_MS) continue;
      told = now;
      report.detail(
        total === undefined ? sizeText(bytes) : `${sizeText(bytes)} of ${sizeText(total)}`,
      );
    }
  } finally {
    sink.close();
  }
  if (hash.digest("hex") === offer.sha256) return;
  throw releaseError(
    "checksum_wrong",
    `The archive of version ${offer.version} does not match its checksum. Nothing was changed.`,
    "Run the same command again; if it stays so, do not use this download.",
  );
}

/** Takes the program out of the archive; what else is in it is for people. */
async function unpack(host: Host, archive: string, to: string): Promise<void> {
  const bytes = ReadableStream.from(host.files.openSource(archive))
    .pipeThrough(new DecompressionStream("gzip"));
  const sink = await host.files.openSink(to, 0o755);
  let wanted = false;
  let found = false;
  try {
    for await (const event of readTarStream(bytes)) {
      if (event.type === "entry") {
        wanted = event.path === PROGRAM && event.kind === "0";
        found ||= wanted;
      } else if (wanted) await sink.write(event.bytes);
    }
    await sink.sync();
  } finally {
    sink.close();
  }
  if (!found) throw releaseError("release_malformed", `There is no ${PROGRAM} in the archive.`);
}

export function releaseSupply(host: Host, offer: Offer): Supply {
  return {
    id: "fetch",
    door: "download",
    title: `Download version ${offer.version} and verify it`,
    bring: async (to, report, signal) => {
      const archive = `${to}.tar.gz`;
      await fetchArchive(host, offer, archive, report, signal);
      report.detail("unpacking");
      await unpack(host, archive, to);
      await host.process.run(["chmod", "755", to]);
      await host.files.remove(archive);
    },
  };
}
