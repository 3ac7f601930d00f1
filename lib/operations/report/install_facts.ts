/** Files and secrets of an install as the qualification record tells them. */
import type { AuditEntry } from "../../audit/entry.ts";
import type { Host } from "../../host/types.ts";
import type { ReportFile, ReportSecret } from "../../report/report.ts";
import { SECRET_DOC, SECRET_NAMES } from "../../secrets/secrets.ts";
import { strengthOf } from "../../secrets/strength.ts";
import { sha256 } from "../../steps/receipt.ts";
import type { Install } from "../install.ts";

/** Holds secrets: whoever has its hash and the rest of it could try passwords. */
const WITH_SECRETS = /^\.env$|key\.pem$/;

export async function reportFiles(host: Host, install: Install): Promise<ReportFile[]> {
  const { dir, receipt } = install;
  const files = [...receipt?.files ?? []].sort((a, b) => a.path < b.path ? -1 : 1);
  return await Promise.all(files.map(async ({ path, sha256: wanted }): Promise<ReportFile> => {
    const at = `${dir}/${path}`;
    const bytes = await host.files.readBytes(at).catch(() => undefined);
    if (bytes === undefined) return { path, state: "missing", mode: "", sha256: null };
    const hash = sha256(bytes);
    const info = await host.files.stat(at);
    // A certificate lies behind a link; what counts is what the link leads to.
    const target = info?.kind === "symlink" ? await linked(host, at) : info;
    return {
      path,
      state: hash === wanted
        ? "as written"
        : receipt?.kept?.[path] === undefined
        ? "changed"
        : "kept",
      mode: (target?.mode ?? 0).toString(8).padStart(4, "0"),
      sha256: WITH_SECRETS.test(path) ? null : hash,
    };
  }));
}

async function linked(host: Host, path: string) {
  const target = await host.files.readLink(path);
  if (target === undefined) return undefined;
  const directory = path.slice(0, path.lastIndexOf("/"));
  return await host.files.stat(target.startsWith("/") ? target : `${directory}/${target}`);
}

/**
 * When a secret was set: by a change of the record that names it (fact `secrets`, names with commas),
 * else when the stack was installed.
 */
export function reportSecrets(
  { secrets, receipt, answers }: Pick<Install, "secrets" | "receipt" | "answers">,
  entries: readonly AuditEntry[],
): ReportSecret[] {
  const known = [answers.name, answers.database.user, answers.database.name, answers.domain];
  return SECRET_NAMES.map((name): ReportSecret => {
    const value = secrets[name] ?? "";
    const changed = entries.findLast((each) =>
      each.event === "ended" && each.result === "ok" &&
      (each.facts["secrets"] ?? "").split(",").map((one) => one.trim()).includes(name)
    );
    return {
      name,
      meaning: SECRET_DOC[name],
      set: value !== "",
      strength: value === "" ? null : strengthOf(value, known).verdict,
      since: value === "" ? null : changed?.at ?? receipt?.createdAt ?? null,
    };
  });
}
