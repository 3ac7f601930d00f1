/** `report`: the installation qualification record, as Markdown, JSON or a page for printing. */
import { Engine } from "../../engine/client.ts";
import { EXIT, type ExitCode, SetupError } from "../../errors.ts";
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
  readonly output?: string;
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
function formOf({ out }: CommandContext, { format, output }: Flags): string {
  const ending = /\.(md|json|html)$/.exec(output ?? "")?.[1];
  const form = format ?? ending ?? (out.json ? "json" : "md");
  if (Object.hasOwn(FORMS, form)) return form;
  throw usage(`There is no form ${JSON.stringify(form)}.`, "rxdx-setup report --format html");
}

export async function run(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const { host, out, dir } = context;
  const form = formOf(context, flags);
  const path = flags.output === undefined ? undefined : absolute(host, flags.output);
  if (path !== undefined && await host.files.stat(path) !== undefined) {
    throw usage(
      `${path} exists already. Nothing was written.`,
      "Move it away, or name another file with --output.",
    );
  }
  const install = await needInstall(host, dir);
  const report = await gatherReport({
    host,
    install,
    collectStatus: () => lookAtStack(context, install, new Engine(host)),
    collectDoctor: () => runDoctor(context, install),
  });
  const text = FORMS[form]?.(report) ?? "";
  if (path === undefined) {
    out.result(text);
    return EXIT.ok;
  }
  await host.files.writeAtomic(path, text, { mode: 0o600 });
  const { document, deviations } = report;
  if (out.json) {
    out.resultJson({ schema: 1, file: path, document, deviations: deviations.length });
  } else {
    const count = deviations.length === 0
      ? "no deviations"
      : deviations.length === 1
      ? "1 deviation, listed first"
      : `${deviations.length} deviations, listed first`;
    out.result(`${path}\n${document.number}: ${count}. SHA-256 of the content ${document.sha256}`);
  }
  return EXIT.ok;
}
