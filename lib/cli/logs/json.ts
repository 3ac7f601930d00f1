/**
 * A log line as one JSON object on a line of its own, for programs. Control and format characters are
 * written as escapes, so that not even a terminal that shows it obeys them. Pure; called by
 * `commands/logs.ts`.
 */
import { saidIn, type SelectedLine } from "./line.ts";

const UNSAFE = /[\x7f-\x9f\p{Cf}\p{Default_Ignorable_Code_Point}\u2028\u2029]/gu;

const MESSAGE = ["message", "msg", "event"] as const;

/** `\u202e`; two of them for what is beyond the first plane. */
function escape(character: string): string {
  return Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
  ).join("");
}

function fieldsOf(said: string): Readonly<Record<string, unknown>> | undefined {
  const text = said.trim();
  if (!text.startsWith("{") || !text.endsWith("}")) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null
      ? parsed as Readonly<Record<string, unknown>>
      : undefined;
  } catch {
    return undefined;
  }
}

/** One line with its line end. */
export function logJson(line: SelectedLine, raw: boolean): string {
  const said = saidIn(line);
  const fields = fieldsOf(said);
  const own = MESSAGE.map((name) => fields?.[name]).find((each) => typeof each === "string");
  const { source, stamp, stream, level = null } = line;
  const text = JSON.stringify({
    time: stamp,
    service: source.service,
    replica: source.replica,
    container: source.name,
    stream,
    level,
    message: own ?? line.text,
    ...(fields === undefined ? {} : { fields }),
    ...(raw ? { raw: said } : {}),
  });
  return `${text.replace(UNSAFE, escape)}\n`;
}
