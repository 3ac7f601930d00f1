/** Asks a name server for the addresses of a name: the `lookUp` of `Host.net`. */
import type { NameAnswer, NameQuestion } from "./net_types.ts";

/** The real `Host.net.lookUp`. */
export async function lookUp(question: NameQuestion): Promise<NameAnswer> {
  const limit = AbortSignal.timeout(question.timeoutMs);
  try {
    // The dot at the end keeps the search domains of this machine out of it.
    const addresses = await Deno.resolveDns(`${question.name}.`, question.type, {
      nameServer: { ipAddr: question.server },
      signal: limit,
    });
    return addresses.length === 0 ? { state: "none" } : { state: "found", addresses };
  } catch (error) {
    // A name that is not, and a server that has no answer for it, are the same to the runtime.
    return error instanceof Deno.errors.NotFound ? { state: "none" } : { state: "silent" };
  }
}
