/** `report`: the installation qualification record, as Markdown, JSON or a page for printing. */
import { Engine } from "../../engine/client.ts";
import { EXIT, type ExitCode, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import { needInstall } from "../../operations/install.ts";
import { gatherReport } from "../../operations/report/gather.ts";
import { reportHtml } from "../../report/html.ts";
import { reportMarkdown } from "../../report/markdown.ts";
import type { Report } from "../../report/report.ts";
import { absolute, type CommandContext } from "../context.ts";
import { runDoctor } from "../doctor_look.ts";
import { lookAtStack } from "../stack_look.ts";

interface Flags {
  readonly format?: string;
  readonly output?: readonly string[];
}

const FORMS: Readonly<Record<string, (report: Report) => string>> = {
  md: reportMarkdown,
  json: (report) => JSON.stringify(report, null, 2) + "\n",
  html: reportHtml,
};

function usage(message: string, hint: string): SetupError {
  return new SetupError({ code: "usage", message, hint, exit: EXIT.usage });
}

/** `--format`, else what the name of the file ends with, else Markdown; `--json` is JSON. */
function formOf({ out }: CommandContext, format: string | undefined, path = ""): string {
  const ending = /\.(md|json|html)$/.exec(path)?.[1];
  const form = format ?? ending ?? (out.json ? "json" : "md");
  if (Object.hasOwn(FORMS, form)) return form;
  throw usage(`There is no form ${JSON.stringify(form)}.`, "rxdx-setup report --format html");
}

export async function run(
  context: CommandContext,
  { format, output = [] }: Flags,
): Promise<ExitCode> {
  const { host, out, dir } = context;
  const files = output.map((each) => ({
    path: absolute(host, each),
    form: formOf(context, format, each),
  }));
  const form = formOf(context, format);
  await checkFree(host, files.map(({ path }) => path));
  const install = await needInstall(host, dir);
  // Looked at once: all forms of one call carry the same number and hash.
  const report = await gatherReport({
    host,
    install,
    collectStatus: () => lookAtStack(context, install, new Engine(host)),
    collectDoctor: () => runDoctor(context, install),
  });
  if (files.length === 0) {
    out.result(FORMS[form]?.(report) ?? "");
    return EXIT.ok;
  }
  for (const { path, form } of files) {
    await host.files.writeAtomic(path, FORMS[form]?.(report) ?? "", { mode: 0o600 });
  }
  const { document, deviations } = report;
  const paths = files.map(({ path }) => path);
  if (out.json) {
    const [file] = paths;
    out.resultJson({ schema: 1, file, files: paths, document, deviations: deviations.length });
  } else {
    const count = deviations.length === 0
      ? "no deviations"
      : deviations.length === 1
      ? "1 deviation, listed first"
      : `${deviations.length} deviations, listed first`;
    out.result(
      `${paths.join("\n")}\n` +
        `${document.number}: ${count}. SHA-256 of the content ${document.sha256}`,
    );
  }
  return EXIT.ok;
}

/** @throws SetupError `usage` (exit 2) naming every file that is in the way */
async function checkFree(host: Host, paths: readonly string[]): Promise<void> {
  const there: string[] = [];
  for (const [index, path] of paths.entries()) {
    const twice = paths.indexOf(path) !== index;
    if (twice || await host.files.stat(path) !== undefined) there.push(path);
  }
  if (there.length === 0) return;
  throw usage(
    `Would be written over: ${there.join(", ")}. Nothing was written.`,
    "Move it away, or name another file with --output.",
  );
}
