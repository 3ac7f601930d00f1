/**
 * docs/reference/errors.md, read from the sources: every expected failure with its code, exit code,
 * message and hint. Called by `pages.ts`.
 */
import type { Host } from "../host/types.ts";
import { type ExpectedError, expectedErrors } from "./error_scan.ts";
import { code, type Page, page, table } from "./page.ts";

const INTRO = "Every failure that this program expects, by the `code` that `--json` gives it " +
  "([form](exit-codes.md#errors-as-json)). Codes are API: one is never used for something else. The " +
  "words of a message may change. `…` stands for what is only known when it happens: a name, a number, " +
  "what another program said.";

const WHERE =
  "By symptom, and in more words: [Troubleshooting](../troubleshooting.md). What `status --json` calls a " +
  "problem has codes of its own: [status --json](status-json.md).";

/** Rooms that no operator meets: the build and this generator. */
const WORKSHOP = /^lib\/(packaging|reference)\//;

/** Text of every module of the program below `lib`, without tests. */
export async function sourcesOf(host: Host, root: string, dir = "lib"): Promise<string[]> {
  if (WORKSHOP.test(`${dir}/`)) return [];
  const texts: string[] = [];
  for (const name of (await host.files.list(`${root}/${dir}`)).sort()) {
    const path = `${dir}/${name}`;
    if ((await host.files.stat(`${root}/${path}`))?.kind === "directory") {
      texts.push(...await sourcesOf(host, root, path));
    } else if (name.endsWith(".ts") && !name.endsWith("_test.ts")) {
      texts.push(await host.files.readText(`${root}/${path}`) ?? "");
    }
  }
  return texts;
}

function row({ code: name, exit, message, hint }: ExpectedError): string[] {
  const text = message.replace(/…+(?:[.:] …+)*/g, (run) => run.length > 1 ? "…" : run).trim();
  // As code, because a message or hint holds whatever Markdown would take for its own.
  return [
    code(name),
    exit === undefined ? "" : `${exit}`,
    code(text),
    hint === undefined ? "" : code(hint),
  ];
}

export async function errorsPage(host: Host, root: string): Promise<Page> {
  const errors = expectedErrors(await sourcesOf(host, root));
  return page("errors.md", "the sources", [
    "# Errors",
    INTRO,
    WHERE,
    table(["Code", "Exit", "Message", "What to do"], errors.map(row)),
  ]);
}
