/** `config get`: one value, as text a script can use. */
import { FIELDS, SECTIONS } from "../../answers/fields.ts";
import { nearest } from "../../answers/suggest.ts";
import { type Tree, valueAt } from "../../answers/tree.ts";
import { EXIT, type ExitCode, SetupError } from "../../errors.ts";
import { needInstall } from "../../operations/install.ts";
import type { CommandContext } from "../context.ts";

export async function run(
  context: CommandContext,
  _flags: unknown,
  key: string,
): Promise<ExitCode> {
  const { host, out, dir } = context;
  const known = [...FIELDS, ...SECTIONS].map((each) => each.path);
  if (!known.includes(key)) {
    const near = nearest(key, known);
    throw new SetupError({
      code: "unknown_key",
      message: `There is no key ${key}` + (near === undefined ? "." : `; did you mean ${near}?`),
      hint: "rxdx-setup config show",
      exit: EXIT.answers,
    });
  }
  const { answers } = await needInstall(host, dir);
  const value = valueAt(answers as unknown as Tree, key);
  if (out.json) out.resultJson(value ?? null);
  else if (Array.isArray(value)) out.result(value.join("\n"));
  else out.result(typeof value === "object" ? JSON.stringify(value) : String(value ?? ""));
  return EXIT.ok;
}
