/**
 * docs/man/rxdx-setup.1: the help of every command as one page for man(1), in man(7) macros. What all
 * commands share stands once. Pure; called by `write.ts` and its test.
 */
import { EXIT, EXIT_MEANING } from "../errors.ts";
import { VERSION } from "../version.ts";
import type { CommandHelp } from "./commands.ts";
import type { Page } from "./page.ts";

/** Flags of every command, by their first spelling. */
const GLOBAL = ["--dir", "--json", "--verbose", "--no-color", "--yes", "--accessible", "--help"];

const FILES: readonly (readonly [string, string])[] = [
  ["/opt/rxdx/rxdx.yml", "The configuration: made to be edited by hand, without secrets."],
  ["/opt/rxdx/.env", "What the containers read, with the secrets; mode 0600."],
  ["/opt/rxdx/docker-compose.override.yml", "The operator's own; never written, always read last."],
  ["/opt/rxdx/backups/", "Encrypted backups."],
  ["/opt/rxdx/.rxdx/", "Receipt, journal of runs, record of changes."],
];

const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ["RXDX_DIR", "Install directory; --dir wins."],
  ["RXDX_<KEY>", "init: the value of a key of rxdx.yml, as in RXDX_PORTS_HTTPS=8443."],
  ["RXDX_SECRET_<NAME>", "init: a secret."],
  ["NO_COLOR, ACCESSIBLE, TERM", "No colour; plain lines for screen readers; dumb: both."],
];

/** Text that roff takes for nothing else: backslashes, dashes that can be copied, a dot at the start. */
function plain(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(/^([.'])/gm, "\\&$1")
    .replace(
      /[^\x00-\x7f]/g,
      (char) => `\\[u${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}]`,
    );
}

interface Parts {
  readonly usage: string;
  readonly text: readonly string[];
  readonly flags: readonly (readonly [names: string, meaning: string])[];
}

/** What stricli prints for `--help`, taken apart. */
function partsOf(help: string): Parts {
  const [head = "", flags = ""] = help.split("\nFLAGS\n");
  const [usage = "", ...rest] = head.replace(/^USAGE\n/, "").split("\n\n");
  return {
    usage: usage.split("\n")[0]?.trim() ?? "",
    text: rest.join("\n\n").trimEnd().split("\n\n"),
    flags: (flags.split("\n\n")[0] ?? "").split("\n").flatMap((line) => {
      const [, letter, names, meaning] =
        /^ *(-\w)? *\[?(--[^\s\]]+)\]?(?:\.\.\.)? +(.*?)(?: +\[default = [^\]]*\])?$/
          .exec(line) ?? [];
      if (names === undefined || meaning === undefined) return [];
      return [[letter === undefined ? names : `${letter}, ${names}`, meaning.trim()] as const];
    }),
  };
}

const isGlobal = (names: string) => GLOBAL.some((each) => names.endsWith(each));

const tagged = ([term, meaning]: readonly [string, string]) =>
  `.TP\n.B ${plain(term)}\n${plain(meaning)}`;

/** Paragraphs; what is indented keeps its lines. */
function paragraph(text: string): string {
  const body = text.replace(/^Examples:\n/, "");
  const examples = body !== text || /^ /.test(text);
  const lines = body.split("\n").map((line) => plain(line.replace(/^ {2}/, ""))).join("\n");
  return examples || text.split("\n").length > 1 && /\S {2,}\S/.test(text)
    ? `.PP\n.RS 4\n.nf\n${lines}\n.fi\n.RE`
    : `.PP\n${lines}`;
}

function commandSection({ name, text }: CommandHelp): string {
  const { usage, text: paragraphs, flags } = partsOf(text);
  const own = flags.filter(([names]) => !isGlobal(names));
  const short = GLOBAL.reduce(
    (line, flag) => line.replace(flag === "--dir" ? " [--dir D]" : ` [${flag}]`, ""),
    usage,
  );
  return [
    `.SS ${plain(name.replace(/^rxdx-setup /, ""))}`,
    `.B ${plain(short)}`,
    ...paragraphs.map(paragraph),
    ...own.map(tagged),
  ].join("\n");
}

export function manPage(root: CommandHelp, commands: readonly CommandHelp[]): Page {
  const [some] = commands;
  const shared = partsOf(some?.text ?? "").flags.filter(([names]) => isGlobal(names));
  const text = [
    '.\\" Made by `deno task reference` from lib/cli/routes.ts; do not edit.',
    `.TH RXDX\\-SETUP 1 "" "rxdx\\-setup ${VERSION}" "RxDx"`,
    ".SH NAME",
    `rxdx\\-setup \\- ${plain(root.brief.replace(/^./, (letter) => letter.toLowerCase()))}`,
    ".SH SYNOPSIS",
    ".B rxdx\\-setup\n.RI [ command ]\n.RI [ flags ]",
    ".SH DESCRIPTION",
    plain(
      "Takes a Linux server to a running, secured RxDx stack and stays with it. Alone it starts the " +
        "wizard on a new server, and a menu on an installed one. Every change is shown before it is " +
        "made; without a terminal nothing is asked, and what changes the machine needs --yes.",
    ),
    ".SH OPTIONS",
    "Every command takes these, before its name or behind it.",
    ...shared.map(tagged),
    ".SH COMMANDS",
    ...commands.map(commandSection),
    ".SH EXIT STATUS",
    ...Object.entries(EXIT).map(([name, number]) =>
      tagged([String(number), EXIT_MEANING[name as keyof typeof EXIT]])
    ),
    ".SH ENVIRONMENT",
    ...ENVIRONMENT.map(tagged),
    ".SH FILES",
    ...FILES.map(tagged),
    ".SH SEE ALSO",
    ".BR docker (1)",
  ].join("\n");
  return { path: "docs/man/rxdx-setup.1", text: `${text}\n` };
}
