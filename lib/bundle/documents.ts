/** The texts in a bundle that are for people and for other programs: README and bill of materials. Pure. */
import { createHash } from "node:crypto";
import { SERVICES } from "../engine/compose.ts";
import {
  type BundleManifest,
  PROGRAM_MEMBER,
  PROGRAM_SBOM_MEMBER,
  SIGNATURE_MEMBER,
  SUMS_MEMBER,
} from "./manifest.ts";

/** For whoever finds the file and does not have this program. */
export const README = `An RxDx stack for a machine without network, made by rxdx-setup.

With install.sh of a release of rxdx-setup (BUNDLE is this file):

  sh install.sh --bundle BUNDLE --key KEY

Without it, take the program out:

  tar xOf BUNDLE ${PROGRAM_MEMBER} > ${PROGRAM_MEMBER} && chmod 755 ${PROGRAM_MEMBER}

Check it, and install or upgrade from it:

  ./${PROGRAM_MEMBER} bundle verify BUNDLE --key KEY
  ./${PROGRAM_MEMBER} init --bundle BUNDLE --key KEY
  ./${PROGRAM_MEMBER} upgrade --bundle BUNDLE --key KEY

KEY is the public key of those who made the bundle. It does not come with the bundle: a key
from the same place as the file proves nothing. The program in here is as trustworthy as the
bundle; where you have one already, verify with that one. Without either:

  mkdir x && tar xf BUNDLE -C x && cd x && sha256sum -c ${SUMS_MEMBER}
  minisign -V -m ${SUMS_MEMBER} -x ${SIGNATURE_MEMBER} -P KEY

Docker Engine and Docker Compose are not in here. Which versions are needed stands in
bundle.json, "needs". Any Docker loads the images: docker load --input BUNDLE
`;

interface Component {
  readonly type: "application" | "container";
  readonly "bom-ref": string;
  readonly name: string;
  readonly version: string;
  readonly hashes: readonly { readonly alg: "SHA-256"; readonly content: string }[];
}

/** `registry.example.com/rxdx/backend:1.2` → name and tag. */
function splitImage(image: string): { name: string; version: string } {
  const [, name = image, version = ""] = /^(.+):([^:/]+)$/.exec(image) ?? [];
  return { name, version };
}

/**
 * CycloneDX 1.6 (JSON): the program and the images by digest. What the program is made of stands in a
 * document of its own, where that was given; what is inside an image, its makers know.
 *
 * @param programSbom true when the program's own document is in the bundle
 */
export function bundleSbom(manifest: BundleManifest, programSbom: boolean): string {
  const components: Component[] = [
    {
      type: "application",
      "bom-ref": `pkg:generic/rxdx-setup@${manifest.setup}`,
      name: "rxdx-setup",
      version: manifest.setup,
      hashes: [{ alg: "SHA-256", content: manifest.program.sha256 }],
    },
    ...SERVICES.map((service): Component => {
      const { image, id } = manifest.images[service];
      return {
        type: "container",
        "bom-ref": `${service}@${id}`,
        ...splitImage(image),
        hashes: [{ alg: "SHA-256", content: id.replace("sha256:", "") }],
      };
    }),
  ];
  const uuid = createHash("sha256").update(JSON.stringify(components)).digest("hex").slice(0, 32)
    .replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-8$3-8$4-$5");
  const document = {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${uuid}`,
    version: 1,
    metadata: {
      timestamp: manifest.created,
      component: { type: "application", name: "rxdx", version: manifest.version },
    },
    components: components.map((each) =>
      programSbom && each.type === "application"
        ? { ...each, externalReferences: [{ type: "bom", url: PROGRAM_SBOM_MEMBER }] }
        : each
    ),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
