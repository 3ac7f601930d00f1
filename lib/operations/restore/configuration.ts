/**
 * The configuration of a backup in an empty directory: which files of it, how they are seen before they are
 * there, and the step that writes them. Everything that was rendered is rendered anew by `apply` for the machine
 * it is on; edits by hand, certificates and secrets are as they were.
 */
import { readDocument } from "../../answers/document.ts";
import { changeDocument } from "../../answers/document_change.ts";
import { parseAnswers } from "../../answers/parse.ts";
import { EXIT, SetupError } from "../../errors.ts";
import type { FileInfo, Host } from "../../host/types.ts";
import { quoted } from "../../steps/command_line.ts";
import { sha256 } from "../../steps/receipt.ts";
import type { Step } from "../../steps/step.ts";
import type { KeptFile } from "./open.ts";
import { recordFacts, withRecordAside } from "./record_before.ts";

export type Files = ReadonlyMap<string, KeptFile>;

/** What was told about the old machine has no meaning on another. */
const LEFT_OUT: readonly string[] = [".rxdx/alerts.json"];

const RECEIPT = ".rxdx/receipt.json";

const PROJECT = /^COMPOSE_PROJECT_NAME=.*\n/m;

const VOLUMES = /^(?:POSTGRES|UPLOADS)_VOLUME(?:_EXTERNAL)?=.*\n/gm;

/** Volumes that were taken over from a hand-made stack are on the old server: here it has its own. */
function withOwnVolumes(text: string): string {
  const read = readDocument(text, "rxdx.yml");
  const parsed = read.ok ? parseAnswers(read.tree) : undefined;
  return parsed?.ok === true
    ? changeDocument(text, { ...parsed.answers, volumes: { database: "", uploads: "" } })
    : text;
}

/**
 * Files for another directory. The project's name is not among the values that the data hang on here: there
 * is no volume of that name yet. The receipt is told, or the missing line would count as an edit by hand.
 *
 * @param data false: the configuration alone, for volumes that are still there
 */
export function filesFor(configuration: Files, data = true): Files {
  const files = withRecordAside(
    new Map([...configuration].filter(([path]) => !LEFT_OUT.includes(path))),
  );
  const env = files.get(".env");
  if (env === undefined) return files;
  const before = new TextDecoder().decode(env.bytes);
  const after = (data ? before.replace(VOLUMES, "") : before).replace(PROJECT, "");
  files.set(".env", { ...env, bytes: new TextEncoder().encode(after) });
  const answers = files.get("rxdx.yml");
  if (data && answers !== undefined) {
    const text = withOwnVolumes(new TextDecoder().decode(answers.bytes));
    files.set("rxdx.yml", { ...answers, bytes: new TextEncoder().encode(text) });
  }
  const receipt = files.get(RECEIPT);
  if (receipt !== undefined) {
    const told = new TextDecoder().decode(receipt.bytes)
      .replaceAll(sha256(before), sha256(after));
    files.set(RECEIPT, { ...receipt, bytes: new TextEncoder().encode(told) });
  }
  return files;
}

/** Follows the links of the backup itself; `undefined` for what leaves them. */
function resolved(files: Files, path: string, last: boolean): string | undefined {
  let parts = path.split("/");
  for (let hops = 0, at = 1; at <= parts.length; at++) {
    const prefix = parts.slice(0, at).join("/");
    const link = files.get(prefix)?.link;
    if (link === undefined || (at === parts.length && !last)) continue;
    if (link.startsWith("/") || ++hops > 8) return undefined;
    const target: string[] = parts.slice(0, at - 1);
    for (const part of link.split("/")) {
      if (part === "..") target.pop();
      else if (part !== ".") target.push(part);
    }
    parts = [...target, ...parts.slice(at)];
    at = 0;
  }
  return parts.join("/");
}

/** The machine as it will be once the files are in `dir`: what is planned on it is what will be done. */
export function withFiles(host: Host, dir: string, files: Files): Host {
  const inside = (path: string, last: boolean) =>
    path.startsWith(`${dir}/`) ? resolved(files, path.slice(dir.length + 1), last) : undefined;
  const fileAt = (path: string, last = true) => {
    const name = inside(path, last);
    return name === undefined ? undefined : files.get(name);
  };
  const children = (path: string): string[] => {
    const name = path === dir ? "" : inside(path, true);
    if (name === undefined) return [];
    const start = name === "" ? "" : `${name}/`;
    return [...files.keys()].filter((each) => each.startsWith(start))
      .map((each) => each.slice(start.length).split("/")[0] ?? "");
  };
  const real = host.files;
  return {
    ...host,
    files: {
      ...real,
      readBytes: (path) => {
        const file = fileAt(path);
        return file === undefined ? real.readBytes(path) : Promise.resolve(file.bytes);
      },
      readText: (path) => {
        const file = fileAt(path);
        return file === undefined
          ? real.readText(path)
          : Promise.resolve(new TextDecoder().decode(file.bytes));
      },
      readLink: (path) => {
        const file = fileAt(path, false);
        return file === undefined ? real.readLink(path) : Promise.resolve(file.link);
      },
      list: async (path) => [...new Set([...await real.list(path), ...children(path)])].sort(),
      stat: async (path): Promise<FileInfo | undefined> => {
        const file = fileAt(path, false);
        const info = { uid: host.system.uid, gid: host.system.gid, modified: host.clock.now() };
        if (file !== undefined) {
          const kind = file.link === undefined ? "file" : "symlink";
          return { ...info, ...file, kind, size: file.bytes.length };
        }
        if (children(path).length > 0) return { ...info, kind: "directory", mode: 0o700, size: 0 };
        return await real.stat(path);
      },
    },
  };
}

/** Which backup a directory is being filled from, until it is done; relative to the directory. */
export const FRESH_STATE = ".rxdx/restore-fresh.json";

export interface FreshState {
  readonly schema: 1;
  /** Hexadecimal SHA-256 of the backup. */
  readonly sha256: string;
  /** False while files are still being written. */
  readonly placed: boolean;
}

export async function readFresh(host: Host, dir: string): Promise<FreshState | undefined> {
  try {
    const text = await host.files.readText(`${dir}/${FRESH_STATE}`);
    const value = JSON.parse(text ?? "null") as Partial<FreshState> | null;
    return value?.schema === 1 && typeof value.sha256 === "string"
      ? { schema: 1, sha256: value.sha256, placed: value.placed === true }
      : undefined;
  } catch {
    return undefined;
  }
}

/** @throws SetupError `directory_in_use` (exit 4) where a file would be replaced */
export async function checkEmpty(host: Host, dir: string, files: Files): Promise<void> {
  const there: string[] = [];
  for (const path of files.keys()) {
    if (await host.files.stat(`${dir}/${path}`) !== undefined) there.push(path);
  }
  if (there.length === 0) return;
  throw new SetupError({
    code: "directory_in_use",
    message: `${dir} is not empty: ${there.slice(0, 4).join(", ")}` +
      `${there.length > 4 ? ` and ${there.length - 4} more` : ""} would be replaced.`,
    hint: `Name another directory: --dir ${quoted([dir])}2; or move these files away first`,
    exit: EXIT.prerequisite,
  });
}

/** Writes the files; safe to be killed, because all are written again until the state says they are there. */
export function placeStep(host: Host, dir: string, sha256: string, files: Files): Step {
  const remember = async (placed: boolean) => {
    const state: FreshState = { schema: 1, sha256, placed };
    await host.files.writeAtomic(`${dir}/${FRESH_STATE}`, JSON.stringify(state) + "\n", {
      mode: 0o600,
    });
  };
  return {
    id: "restore-configuration",
    title: `Put the configuration of the backup into ${dir}`,
    facts: () => recordFacts(files),
    isDone: async () => (await readFresh(host, dir))?.placed === true,
    run: async (report) => {
      await host.files.mkdir(`${dir}/.rxdx`, 0o700);
      await remember(false);
      for (const [path, file] of files) {
        report.detail(path);
        const parent = path.slice(0, Math.max(0, path.lastIndexOf("/")));
        if (parent !== "") await host.files.mkdir(`${dir}/${parent}`, modeOf(parent));
        if (file.link !== undefined) await host.files.linkAtomic(file.link, `${dir}/${path}`);
        else {
          await host.files.writeAtomic(`${dir}/${path}`, file.bytes, {
            mode: file.mode,
            owner: { uid: file.uid, gid: file.gid },
          });
        }
      }
      await remember(true);
    },
  };
}

/** As `apply` makes them: what containers read is open, what is ours is not. */
function modeOf(directory: string): number {
  return directory === "nginx" || directory.startsWith("nginx/") ||
      directory === "postgres" || directory.startsWith("postgres/")
    ? 0o755
    : 0o700;
}

export function freshDoneStep(host: Host, dir: string): Step {
  return {
    id: "restore-fresh-done",
    title: "Note that this server is complete",
    isDone: async () => await host.files.stat(`${dir}/${FRESH_STATE}`) === undefined,
    run: () => host.files.remove(`${dir}/${FRESH_STATE}`),
  };
}
