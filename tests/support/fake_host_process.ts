/**
 * Programs that the test scripted: the `process` of the fake host. A command that nobody expected
 * fails the test even when the program under test swallows the error, and so does an expectation
 * that was never met.
 */
import type {
  ByteProcess,
  CommandOptions,
  CommandResult,
  ProcessHost,
} from "../../lib/host/types.ts";
import type { Killed } from "./fake_host_failures.ts";

/** A word of a command: exactly this, or matching this. */
export type Word = string | RegExp;

/** The rest of the command line may be anything. */
export const REST: unique symbol = Symbol("the rest of the command line");

export type Pattern = readonly (Word | typeof REST)[];

/** What the program does; a text is its output with exit code 0. */
export type Answer =
  | string
  | Partial<Pick<CommandResult, "code" | "stdout" | "stderr">>
  | ((call: Call) => Answer | Promise<Answer>);

/** One command as it was run. */
export interface Call {
  readonly argv: readonly string[];
  readonly options: CommandOptions;
}

interface Expectation {
  readonly pattern: Pattern;
  readonly answer: Answer;
  /** How often it must happen; `undefined`: as often as it likes, never included. */
  readonly times: number | undefined;
  met: number;
}

export class FakeProcess implements ProcessHost {
  /** Every command in order. */
  readonly calls: Call[] = [];
  readonly daemons: { argv: readonly string[]; logFile: string }[] = [];
  readonly #expectations: Expectation[] = [];
  readonly #unexpected: string[] = [];
  readonly #dead: () => Killed | undefined;

  constructor(dead: () => Killed | undefined) {
    this.#dead = dead;
  }

  /** Must be run exactly `times` times; of several that fit, the earliest unmet one answers. */
  expect(pattern: Pattern, answer: Answer = "", times = 1): this {
    this.#expectations.push({ pattern, answer, times, met: 0 });
    return this;
  }

  /** May be run any number of times: what the machine is asked in passing, not the test's subject. */
  allow(pattern: Pattern, answer: Answer = ""): this {
    this.#expectations.push({ pattern, answer, times: undefined, met: 0 });
    return this;
  }

  /** Everything that is wrong with the script so far. */
  problems(): string[] {
    return [
      ...this.#unexpected.map((line) => `unexpected command: ${line}`),
      ...this.#expectations.filter(({ times, met }) => times !== undefined && met !== times)
        .map(({ pattern, times, met }) =>
          `expected ${times} ×, met ${met} ×: ${pattern.map(String).join(" ")}`
        ),
    ];
  }

  // Properties, not methods: the program may copy them into a host of its own.

  readonly run = async (
    argv: readonly string[],
    options: CommandOptions = {},
  ): Promise<CommandResult> => {
    await Promise.resolve();
    const dead = this.#dead();
    if (dead !== undefined) throw dead;
    const call = { argv, options };
    this.calls.push(call);
    const found = this.#expectations.find(({ pattern, times, met }) =>
      fits(pattern, argv) && (times === undefined || met < times)
    );
    if (found === undefined) {
      this.#unexpected.push(argv.join(" "));
      throw new Error(`unexpected command: ${argv.join(" ")}`);
    }
    found.met++;
    let answer = found.answer;
    while (typeof answer === "function") answer = await answer(call);
    const { code = 0, stdout = "", stderr = "" } = typeof answer === "string"
      ? { stdout: answer }
      : answer;
    for (const [stream, text] of [["stdout", stdout], ["stderr", stderr]] as const) {
      for (const line of text.split(/\r?\n/)) if (line !== "") options.onLine?.(line, stream);
    }
    return { argv, code, stdout, stderr };
  };

  readonly pipe = (argv: readonly string[], options: CommandOptions = {}): ByteProcess => {
    let input = "";
    const result = Promise.withResolvers<CommandResult>();
    const start = () => {
      this.run(argv, { ...options, stdin: input }).then(result.resolve, result.reject);
    };
    const decoder = new TextDecoder();
    result.promise.catch(() => undefined);
    return {
      write: (data) => {
        input += typeof data === "string" ? data : decoder.decode(data);
        return Promise.resolve();
      },
      end: () => Promise.resolve(start()),
      output: (async function* () {
        yield new TextEncoder().encode((await result.promise).stdout);
      })(),
      ended: async () => {
        const { code, stderr } = await result.promise;
        return { code, stderr };
      },
      kill: () => undefined,
    };
  };

  readonly daemon = async (
    argv: readonly string[],
    options: { logFile: string },
  ): Promise<number> => {
    await Promise.resolve();
    this.daemons.push({ argv, ...options });
    return 4000 + this.daemons.length;
  };

  readonly interactive = async (argv: readonly string[]): Promise<number> =>
    (await this.run(argv)).code;

  readonly suspend = (): void => {
    throw new Error("the fake process cannot be suspended");
  };
}

function fits(pattern: Pattern, argv: readonly string[]): boolean {
  for (const [index, wanted] of pattern.entries()) {
    if (wanted === REST) return true;
    const word = argv[index];
    if (word === undefined) return false;
    if (typeof wanted === "string" ? wanted !== word : !wanted.test(word)) return false;
  }
  return pattern.length === argv.length;
}
