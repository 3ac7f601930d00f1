/**
 * Values for the cursor: settings with their meaning, services, secrets, and what lies in the install
 * directory. Reads two things at most, `rxdx.yml` and the names in the directory of backups.
 */
import { readDocument } from "../../answers/document.ts";
import { type Field, fieldAt, FIELDS } from "../../answers/fields.ts";
import { type Tree, valueAt } from "../../answers/tree.ts";
import { backupsAmong } from "../../backup/names.ts";
import { SERVICES } from "../../engine/compose.ts";
import type { Host } from "../../host/types.ts";
import { SECRET_DOC, SECRET_NAMES } from "../../secrets/secrets.ts";
import type { Completes } from "../command.ts";
import type { Proposal } from "./walk.ts";

const bare = (texts: readonly string[]): Proposal[] => texts.map((text) => ({ text, meaning: "" }));

/** What can be given to a field: its choices, and what it has now. */
function valuesFor({ path, kind, choices, defaultValue }: Field, present: Tree): string[] {
  if (kind === "choice") return [...choices];
  if (kind === "boolean") return ["true", "false"];
  const now = valueAt(present, path) ?? defaultValue;
  return typeof now === "number" || (typeof now === "string" && now !== "") ? [String(now)] : [];
}

async function configuration(host: Host, dir: string): Promise<Tree> {
  const text = await host.files.readText(`${dir}/rxdx.yml`);
  const read = readDocument(text ?? "", "rxdx.yml");
  return read.ok ? read.tree : {};
}

async function backups(host: Host, dir: string): Promise<Proposal[]> {
  const tree = await configuration(host, dir);
  const text = (path: string, otherwise: string) => {
    const value = valueAt(tree, path);
    return typeof value === "string" && value !== "" ? value : otherwise;
  };
  const named = text("backups.directory", "backups");
  const directory = named.startsWith("/") ? named : `${dir}/${named}`;
  return backupsAmong(await host.files.list(directory), text("name", "rxdx"))
    .map(({ file, at }) => ({
      text: file.replace(/\.tar\.age$/, ""),
      meaning: at.toISOString().slice(0, 16).replace("T", " ") + " UTC",
    }));
}

/** @param partial what is typed of it so far */
export async function proposalsFor(
  host: Host,
  dir: string,
  completes: Exclude<Completes, "files" | "directories">,
  partial: string,
): Promise<Proposal[]> {
  if (typeof completes !== "string") return bare(completes);
  switch (completes) {
    case "assignments": {
      const cut = partial.indexOf("=");
      if (cut < 0) return FIELDS.map(({ path, doc }) => ({ text: `${path}=`, meaning: doc }));
      const field = fieldAt(partial.slice(0, cut));
      return field === undefined
        ? []
        : bare(valuesFor(field, await configuration(host, dir))).map(({ text, meaning }) => ({
          text: `${field.path}=${text}`,
          meaning,
        }));
    }
    case "backups":
      return await backups(host, dir);
    case "keys":
      return FIELDS.map(({ path, doc }) => ({ text: path, meaning: doc }));
    case "secrets":
      return SECRET_NAMES.map((name) => ({ text: name, meaning: SECRET_DOC[name] }));
    case "services":
      return bare(SERVICES);
  }
}
