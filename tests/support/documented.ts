/**
 * The command lines that the documentation tells its readers to type, as they would type them: every
 * line of a shell block (with what it pipes into), every example of a printed help, and every inline
 * code that is a command with at least one word behind it. Pure; who runs them is
 * `tests/e2e/documented_commands_test.ts`, that none is forgotten is checked by `tests/docs_test.ts`.
 */
import { codeSpans, examplesOf, fences } from "./markdown.ts";

/** Programs that an inline code can begin with; a name alone is a noun there. */
const PROGRAMS = new Set(
  ("age age-keygen apt-get cat chmod cp curl date deno df docker getent git ip iptables journalctl jq " +
    "ls man minisign mkdir npm nginx openssl pg_restore psql python python3 rclone rm rxdx-setup scp sed " +
    "sh source ss ssh ssh-keygen ssh-keyscan sshd systemctl tar timedatectl ufw").split(" "),
);

/** Lines of shell text: continued ones joined, comments gone, a `case` with what it asks about. */
export function shellLines(shell: string): string[] {
  const joined = shell.replace(/\\\n\s*/g, "");
  const lines: string[] = [];
  let open = false;
  for (const raw of joined.split("\n")) {
    const line = raw.replace(/(^|\s)#( .*)?$/, "").trim();
    if (line === "") continue;
    if (open || /^case \$\? in/.test(line)) lines.push(`${lines.pop() ?? ""}\n${line}`);
    else lines.push(line);
    if (/^case .* in$/.test(line)) open = true;
    if (line === "esac") open = false;
  }
  return lines;
}

/** Whether inline code is a command that somebody could type. */
function isCommand(span: string): boolean {
  const words = span.split(" ").filter((word) => word !== "sudo" && !/^[A-Z_]+=/.test(word));
  return PROGRAMS.has(words[0] ?? "") && words.length > 1 && !/\(\?:|… ?$/.test(span);
}

/** The same command, whoever types it and however it is laid out. */
function normal(line: string): string {
  return line.replace(/^sudo (?!-)/, "").split("\n").map((each) => each.replace(/\s+/g, " ").trim())
    .join("\n");
}

/** Distinct command lines of one page. */
export function documentedLines(markdown: string): string[] {
  const blocks = fences(markdown).fences;
  const shell = blocks.filter(({ language }) => language === "sh");
  return [
    ...new Set(
      [
        ...shell.flatMap(({ text }) => shellLines(text)),
        ...blocks.flatMap(examplesOf),
        ...codeSpans(markdown).filter(isCommand),
      ].map(normal),
    ),
  ].filter((line) => line !== "");
}

/** Command line → the pages that have it. */
export function documented(pages: ReadonlyMap<string, string>): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [path, text] of pages) {
    for (const line of documentedLines(text)) found.set(line, [...found.get(line) ?? [], path]);
  }
  return found;
}
