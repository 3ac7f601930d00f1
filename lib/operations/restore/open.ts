/**
 * A backup read from end to end before anything is touched: every byte authenticated, every sum compared, the
 * manifest and the configuration in memory. What cannot be opened or is damaged ends here.
 */
import type { Key } from "../../backup/age.ts";
import type { Manifest } from "../../backup/manifest.ts";
import type { Host } from "../../host/types.ts";
import { damaged, readBackup } from "../backup/read.ts";
import type { Chosen } from "./choose.ts";

/** A file of the install, or a symbolic link. */
export interface KeptFile {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly bytes: Uint8Array;
  /** Target of a link. */
  readonly link?: string;
}

export interface OpenedBackup {
  readonly manifest: Manifest;
  /** Path relative to the install directory → content. */
  readonly configuration: ReadonlyMap<string, KeptFile>;
  /** Hexadecimal SHA-256 of the encrypted file. */
  readonly sha256: string;
}

const CONFIGURATION = "config/";

/** A name that stays inside the directory it is unpacked into. */
function isInside(path: string): boolean {
  return path !== "" && !path.startsWith("/") && !path.split("/").includes("..");
}

/** @throws SetupError `backup_damaged`, `backup_wrong_key` (exit 6, 4) */
export async function openBackup(
  host: Host,
  chosen: Pick<Chosen, "path" | "record">,
  key: Key,
  hooks: { readonly signal: AbortSignal; readonly onBytes: (count: number) => void },
): Promise<OpenedBackup> {
  const configuration = new Map<string, KeptFile>();
  const { manifest, sha256 } = await readBackup(host, chosen.path, key, chosen.record?.sha256, {
    ...hooks,
    onEntry: ({ path, mode, uid, gid, kind, link }) => {
      if (!path.startsWith(CONFIGURATION)) return;
      const name = path.slice(CONFIGURATION.length);
      if (!isInside(name)) throw new RangeError(`${path} leaves the directory`);
      const file = { mode, uid, gid, bytes: new Uint8Array() };
      configuration.set(name, kind === "2" ? { ...file, link } : file);
    },
    receiver: (member) => {
      if (!member.startsWith(CONFIGURATION)) return undefined;
      const name = member.slice(CONFIGURATION.length);
      const parts: Uint8Array[] = [];
      return {
        write: (bytes) => {
          parts.push(bytes.slice());
          return Promise.resolve();
        },
        end: () => {
          const file = configuration.get(name);
          if (file !== undefined) configuration.set(name, { ...file, bytes: joined(parts) });
          return Promise.resolve();
        },
      };
    },
  });
  const through = [...configuration.keys()].find((path) => leadsThroughLink(configuration, path));
  if (through !== undefined) throw damaged(chosen.path, `${through} lies behind a link`);
  return { manifest, configuration, sha256 };
}

/** Whoever knows a public key can make a backup: nothing of one is written through a link that it brings. */
function leadsThroughLink(files: ReadonlyMap<string, KeptFile>, path: string): boolean {
  const parts = path.split("/");
  return parts.slice(0, -1).some((_, at) =>
    files.get(parts.slice(0, at + 1).join("/"))?.link !== undefined
  );
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, each) => sum + each.length, 0));
  let at = 0;
  for (const each of parts) {
    whole.set(each, at);
    at += each.length;
  }
  return whole;
}
