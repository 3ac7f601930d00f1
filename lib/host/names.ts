/** Asks a name server for addresses and CAA records of a name: `lookUp` and `lookUpCaa` of `Host.net`. */
import type { CaaAnswer, NameAnswer, NameQuestion } from "./net_types.ts";

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

/** The real `Host.net.lookUpCaa`. */
export async function lookUpCaa(question: Omit<NameQuestion, "type">): Promise<CaaAnswer> {
  const limit = AbortSignal.timeout(question.timeoutMs);
  try {
    const records = await Deno.resolveDns(`${question.name}.`, "CAA", {
      nameServer: { ipAddr: question.server },
      signal: limit,
    });
    return records.length === 0 ? { state: "none" } : {
      state: "found",
      records: records.map(({ critical, tag, value }) => ({ critical, tag, value })),
    };
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? { state: "none" } : { state: "silent" };
  }
}
