/** SHA-256 of a file on this machine, read in pieces. */
import { createHash } from "node:crypto";
import type { Host } from "../../host/types.ts";

/** Lower-case hex; `undefined` when there is no such file. */
export async function sha256Of(host: Host, path: string): Promise<string | undefined> {
  if (await host.files.stat(path) === undefined) return undefined;
  const hash = createHash("sha256");
  for await (const chunk of host.files.openSource(path)) hash.update(chunk);
  return hash.digest("hex");
}
