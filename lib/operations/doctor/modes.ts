/** Which files of an install must be readable by nobody else; read by a check, set right by its fix. */
import { type ModeFacts, tooOpen } from "../../doctor/install.ts";
import type { Host } from "../../host/types.ts";
import { mustRun } from "../../steps/command.ts";
import type { Step } from "../../steps/step.ts";
import { storedPaths } from "../../tls/store.ts";

/** Those that are there, with the mode that each may have at most. */
export async function modesOf(host: Host, dir: string, backups: string): Promise<ModeFacts[]> {
  // A key that somebody put there as a plain file is one as well.
  const stored = ["nginx/ssl/key.pem", ...await storedPaths(host, dir)];
  const keys = [...new Set(stored)].filter((path) => path.endsWith("key.pem"));
  const wanted: (readonly [path: string, mode: number])[] = [
    [".env", 0o600],
    [".rxdx", 0o700],
    [backups, 0o700],
    ...keys.map((path) => [path, 0o600] as const),
  ];
  const facts = await Promise.all(wanted.map(async ([path, mode]) => {
    const info = await host.files.stat(path.startsWith("/") ? path : `${dir}/${path}`)
      .catch(() => undefined);
    // The mode of a link says nothing.
    return info === undefined || info.kind === "symlink"
      ? undefined
      : { path, mode: info.mode, wanted: mode };
  }));
  return facts.filter((each) => each !== undefined);
}

export function modesStep(host: Host, dir: string, backups: string): Step {
  return {
    id: "file-modes",
    title: "Make secrets and keys readable by nobody else",
    isDone: async () => tooOpen(await modesOf(host, dir, backups)).length === 0,
    run: async (report, signal) => {
      for (const { path, wanted } of tooOpen(await modesOf(host, dir, backups))) {
        report.detail(`${path}: ${wanted.toString(8)}`);
        const absolute = path.startsWith("/") ? path : `${dir}/${path}`;
        await mustRun(host, ["chmod", wanted.toString(8).padStart(4, "0"), absolute], {
          signal,
          code: "chmod_failed",
          hint: `Run it as the owner of ${absolute}, or with sudo`,
        });
      }
    },
  };
}
