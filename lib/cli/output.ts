/**
 * Where text goes: stdout carries the result, stderr progress and errors. Everything the commands
 * show passes through here, so that colour, JSON and masking are decided once.
 */
import { createColors } from "picocolors";
import { EXIT_MEANING, type SetupError } from "../errors.ts";
import type { Host } from "../host/types.ts";

export type Colors = ReturnType<typeof createColors>;

export interface GlobalFlags {
  readonly dir?: string;
  readonly json: boolean;
  readonly verbose: boolean;
  readonly noColor: boolean;
  readonly yes: boolean;
  /** Plain lines: no cursor is moved. */
  readonly accessible: boolean;
}

export class Output {
  /** For stderr; results on stdout are coloured only where stdout is a terminal too. */
  readonly colors: Colors;
  readonly resultColors: Colors;
  readonly json: boolean;
  readonly verbose: boolean;
  readonly accessible: boolean;
  readonly #host: Host;

  constructor(host: Host, flags: GlobalFlags) {
    this.#host = host;
    this.json = flags.json;
    this.verbose = flags.verbose;
    this.accessible = flags.accessible;
    const wanted = !flags.noColor && !flags.json && (host.env["NO_COLOR"] ?? "") === "" &&
      host.env["TERM"] !== "dumb";
    this.colors = createColors(wanted && host.terminal.stderrIsTerminal);
    this.resultColors = createColors(wanted && host.terminal.stdoutIsTerminal);
  }

  /** The result of the command. */
  result(text: string): void {
    this.#host.terminal.out(text.endsWith("\n") ? text : text + "\n");
  }

  /** The result as one JSON document. */
  resultJson(value: unknown): void {
    this.#host.terminal.out(JSON.stringify(value, null, 2) + "\n");
  }

  /** One line of a result that goes on: JSON documents, one a line. */
  line(text: string): void {
    this.#host.terminal.out(`${text}\n`);
  }

  /** Progress and remarks. Silent with `--json`: stderr then carries objects only. */
  note(text: string): void {
    if (!this.json) this.#host.terminal.err(text + "\n");
  }

  /** One JSON object on a line of stderr. */
  noteJson(value: unknown): void {
    this.#host.terminal.err(JSON.stringify(value) + "\n");
  }

  /** An expected failure: message, every problem, hint (as it is meant for this stack). */
  error(error: SetupError, hint = error.hint ?? ""): void {
    if (this.json) {
      this.noteJson({
        error: {
          code: error.code,
          message: error.message,
          hint,
          exit: error.exit,
          ...(error.problems.length === 0 ? {} : { problems: error.problems }),
        },
      });
      return;
    }
    const c = this.colors;
    const lines: string[] = [];
    const [first = "", ...rest] = error.message.split("\n");
    lines.push(`${c.red(c.bold("✗"))} ${c.bold(first)}`, ...rest);
    for (const problem of error.problems) {
      const value = problem.value === undefined
        ? ""
        : ` ${c.dim("=")} ${JSON.stringify(problem.value)}`;
      lines.push(`  ${c.cyan(problem.key)}${value}`, `    ${problem.rule}`);
      if (problem.example !== undefined && problem.example !== "") {
        lines.push(c.dim(`    example: ${problem.example}`));
      }
    }
    if (hint !== "") lines.push(`${c.dim("→")} ${hint}`);
    this.note(lines.join("\n"));
  }
}

/** The exit table as text, for the root help. */
export function exitTable(codes: Readonly<Record<string, number>>): string {
  return Object.entries(codes).map(([name, code]) =>
    `  ${String(code).padStart(3)}  ${EXIT_MEANING[name as keyof typeof EXIT_MEANING]}`
  ).join("\n");
}
