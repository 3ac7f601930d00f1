/**
 * The door behind Tab: `rxdx-setup __complete -- WORDS…`, the last word being the one at the cursor.
 * Answers one line of directives, then a line for each proposal: text, tab, meaning. Directives are
 * `f` file names, `d` directories, `s` no space behind what is taken. Whatever goes wrong, it says
 * nothing and ends well: nobody wants an error in the middle of a command line.
 */
import type { Host } from "../../host/types.ts";
import { absolute, installDirectory } from "../context.ts";
import { guessFlags } from "../globals.ts";
import { routes } from "../routes.ts";
import { proposalsFor } from "./values.ts";
import { type Proposal, wantedAt } from "./walk.ts";

/** Nothing that would need quoting in a shell, or move its cursor. */
const PLAIN = /^[\w@%+=:,./-]+$/;

const expanded = (host: Host, path: string | undefined) =>
  path?.replace(/^~(?=\/|$)/, host.env["HOME"] ?? "~");

/** @param argv behind `__complete` */
export async function answerCompletion(host: Host, argv: readonly string[]): Promise<void> {
  try {
    const typed = argv[0] === "--" ? argv.slice(1) : argv;
    const current = typed.at(-1) ?? "";
    const wanted = wantedAt(routes, typed);
    const say = (directives: string, before: string, proposals: readonly Proposal[]) => {
      const fitting = proposals.map((each) => ({ ...each, text: before + each.text }))
        .filter(({ text }) => text.startsWith(current) && PLAIN.test(text));
      const open = fitting.some(({ text }) => text.endsWith("=")) ? "s" : "";
      const lines = fitting.map(({ text, meaning }) => `${text}\t${printable(meaning)}`);
      host.terminal.out([`:${directives}${open}`, ...lines].map((line) => `${line}\n`).join(""));
    };
    if (wanted.kind === "nothing") return;
    if (wanted.kind === "words") return say("", "", wanted.proposals);
    const { completes, before } = wanted;
    if (completes === "files") return say("f", "", []);
    if (completes === "directories") return say("d", "", []);
    const dir = installDirectory(host, expanded(host, guessFlags(typed.slice(0, -1)).dir));
    const partial = current.slice(before.length);
    say("", before, await proposalsFor(host, absolute(host, dir), completes, partial));
  } catch {
    // A directory that may not be read, an rxdx.yml that is none: then there is nothing to offer.
  }
}

function printable(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, " ");
}
