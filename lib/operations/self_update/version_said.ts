/** Which version a program says that it is. */
import type { Host } from "../../host/types.ts";

/** Milliseconds; a first start of the portable form unpacks itself. */
const START_MS = 120_000;

/** What a program says of itself, or `undefined` where it does not start. */
export async function versionSaid(host: Host, program: string): Promise<string | undefined> {
  const said = await host.process.run([program, "--version"], { cwd: "/", timeoutMs: START_MS });
  return said.code === 0 ? /^rxdx-setup (\S+)\n$/.exec(said.stdout)?.[1] : undefined;
}
