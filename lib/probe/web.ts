/** What the probes over HTTP share: reading foreign JSON, addresses without what may be secret. Pure. */

/** `undefined` for text that is not JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A member of a foreign value; `undefined` when there is none. */
export function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && name in value
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

/** What servers of many kinds put their complaint into. */
export function complaintOf(text: string): string {
  const value = jsonOf(text);
  const error = member(value, "error");
  const first = Array.isArray(member(value, "errors"))
    ? (member(value, "errors") as unknown[])[0]
    : 0;
  for (
    const each of [
      member(error, "message"),
      error,
      member(first, "message"),
      member(value, "message"),
    ]
  ) {
    if (typeof each === "string" && each !== "") return each;
  }
  return "";
}
