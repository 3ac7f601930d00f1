/** The plan of an import, in words. Pure. */
import type { Proposal } from "../adopt/proposal.ts";
import { wrapWords } from "../tui/widgets/wrap_words.ts";
import type { Colors } from "./output.ts";

const COLUMNS = 80;

/** Longest name that gets a column; what is longer stands over its value. */
const NAME = 32;

function listed(texts: readonly string[]): string[] {
  return texts.flatMap((text) =>
    wrapWords(text, COLUMNS - 4).map((line, index) => `${index === 0 ? "  - " : "    "}${line}`)
  );
}

/** Setting, value, and in a line of its own where both do not fit: from where. */
function recognisedLines({ recognised }: Proposal, c: Colors): string[] {
  return recognised.flatMap(({ what, value, from }) => {
    const name = `  ${what.padEnd(NAME)} `;
    const plain = `${name}${value}  ${from}`;
    if (plain.length <= COLUMNS) return [`${name}${value}  ${c.dim(from)}`];
    const [first = "", ...rest] = wrapWords(value, COLUMNS - name.length);
    const indent = " ".repeat(name.length);
    return [
      `${name}${first}`,
      ...rest.map((line) => `${indent}${line}`),
      ...wrapWords(from, COLUMNS - name.length).map((line) => `${indent}${c.dim(line)}`),
    ];
  });
}

export interface ImportPlan {
  readonly proposal: Proposal;
  readonly from: string;
  readonly dir: string;
  readonly backup: boolean;
}

export function importText({ proposal, from, dir, backup }: ImportPlan, c: Colors): string {
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ["", c.bold(title), ...lines];
  return [
    c.bold(`The stack in ${from}, taken over into ${dir}`),
    ...section("Recognised", recognisedLines(proposal, c)),
    ...section("Not found, and taken instead", listed(proposal.assumed)),
    ...section("Will be different", listed(proposal.differs)),
    ...section(
      "Left alone",
      listed([
        `every file in ${from}`,
        "the data: they stay in their place, and nothing initialises them",
        ...proposal.leftAlone,
      ]),
    ),
    ...section(
      "What happens",
      listed([
        `files are written to ${dir}, images made ready; the old stack serves meanwhile`,
        ...(backup ? [`it is backed up to ${dir}/backups, encrypted`] : []),
        "it is stopped, and the new one started on the same data (nobody is served for that time)",
        "should the new one not become healthy, the old one is started again",
      ]),
    ),
    "",
  ].join("\n");
}

export function importJson({ proposal, from, dir }: ImportPlan): Record<string, unknown> {
  const { recognised, assumed, differs, leftAlone, seeded, values } = proposal;
  return {
    schema: 1,
    from,
    dir,
    project: values["name"],
    recognised,
    assumed,
    differs,
    left_alone: leftAlone,
    seeded_accounts: seeded,
  };
}
