/** `config show`: every value with its source. */
import { FIELDS } from "../../answers/fields.ts";
import { SOURCE_TEXT } from "../../answers/layers.ts";
import { show } from "../../answers/parse.ts";
import { type Tree, valueAt } from "../../answers/tree.ts";
import { EXIT, type ExitCode } from "../../errors.ts";
import { needInstall } from "../../operations/install.ts";
import type { CommandContext } from "../context.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { host, out, dir } = context;
  const { answers, provenance } = await needInstall(host, dir);
  const rows = FIELDS.flatMap(({ path }) => {
    const value = valueAt(answers as unknown as Tree, path);
    return value === undefined ? [] : [{
      key: path,
      value,
      source: SOURCE_TEXT[provenance.get(path) ?? "default"],
    }];
  });
  if (out.json) {
    out.resultJson({ schema: 1, file: `${dir}/rxdx.yml`, values: rows });
    return EXIT.ok;
  }
  const c = out.resultColors;
  const width = Math.max(...rows.map((row) => row.key.length));
  out.result(
    rows.map((row) => {
      const value = Array.isArray(row.value) ? `[${row.value.join(", ")}]` : show(row.value);
      return `${row.key.padEnd(width)}  ${value === "" ? '""' : value}  ${
        c.dim(`(${row.source})`)
      }`;
    }).join("\n"),
  );
  return EXIT.ok;
}
