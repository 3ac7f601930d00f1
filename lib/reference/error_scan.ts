/**
 * Every expected failure of this program, read from its sources: what is given to `new SetupError`, and
 * to the functions that make one of what they are given. Pure; `errors_page.ts` shows it, and
 * `error_scan_test.ts` holds that no code is missed.
 */
import { EXIT, type ExitCode } from "../errors.ts";
import { closing, type Known, parts, says } from "./source_text.ts";

export interface ExpectedError {
  readonly code: string;
  /** `undefined` where the caller decides. */
  readonly exit: ExitCode | undefined;
  /** `…` stands for what is only known when it happens. */
  readonly message: string;
  readonly hint: string | undefined;
}

/** A function that makes a `SetupError` of its arguments. */
interface Maker {
  readonly name: string;
  /** Names of the parameters, `""` where one is taken apart; and their defaults. */
  readonly parameters: readonly string[];
  readonly defaults: Known;
  readonly properties: ReadonlyMap<string, string>;
  readonly exported: boolean;
}

/** The message of `mustRun` (lib/steps/command.ts), as an expression. */
const PROGRAM_FAILED = '"A program that was run for it failed: …"';

const BEGIN = /\b(?:new SetupError|super)\(\s*(?=\{\s*code)/g;

/** Name → expression of an object literal; a shorthand is its own expression. */
function propertiesOf(literal: string): Map<string, string> {
  return new Map(
    parts(literal.slice(1, -1), ",").flatMap((part): [string, string][] => {
      const [, name, value] = /^(\w+)(?::([\s\S]*))?$/.exec(part) ?? [];
      if (name !== undefined) return [[name, value ?? name]];
      // `...(x === undefined ? {} : { hint: x })`
      const [, inner] = /\{ ?(hint(?:: [^}]*)?) ?\}/.exec(part) ?? [];
      return inner === undefined ? [] : [["hint", inner.replace(/^hint:? ?/, "") || "hint"]];
    }),
  );
}

/** The function whose body has this position, when it is one that only passes on. */
function makerAround(text: string, at: number, properties: Map<string, string>): Maker | undefined {
  const heads = [
    ...text.slice(0, at).matchAll(
      /^( *)(export )?(?:async )?(?:function (\w+)|const (\w+) = (?:async )?)(?:<[^(]*>)?(?=\()/gm,
    ),
  ];
  for (const head of heads.reverse()) {
    const open = head.index + head[0].length;
    const list = text.slice(open + 1, closing(text, open) - 1);
    const parameters = parts(list, ",");
    const names = parameters.map((each) => /^(\w+)\??\s*(?::|=|$)/.exec(each)?.[1] ?? "");
    const code = properties.get("code") ?? "";
    const passed = [code, properties.get("message") ?? "", properties.get("hint") ?? ""];
    if (!names.some((name) => name !== "" && passed.some((value) => value.trim() === name))) {
      continue;
    }
    return {
      name: head[3] ?? head[4] ?? "",
      parameters: names,
      defaults: new Map(parameters.flatMap((each, index): [string, string][] => {
        const [, value] = /=\s*((?:"|`)[\s\S]*)$/.exec(each) ?? [];
        return value === undefined ? [] : [[names[index] ?? "", says(value)]];
      })),
      properties,
      exported: head[2] !== undefined,
    };
  }
  return undefined;
}

function errorsOf(properties: ReadonlyMap<string, string>, known: Known): ExpectedError[] {
  const code = (properties.get("code") ?? "").trim();
  const named = known.get(code);
  // Of a choice, every one.
  const codes = named !== undefined
    ? [named]
    : [...code.matchAll(/"([a-z][a-z0-9_]*)"/g)].map(([, name = ""]) => name)
      .filter((name) => !code.includes(`=== "${name}"`));
  const [, exit] = /EXIT\.(\w+)/.exec(properties.get("exit") ?? "") ?? [];
  return codes.map((each, index) => {
    const text = (name: string) =>
      says(properties.get(name) ?? "", known, index === 0 ? 0 : 1).replace(/\s+/g, " ");
    return {
      code: each,
      exit: exit === undefined ? undefined : EXIT[exit as keyof typeof EXIT],
      message: text("message"),
      hint: /^…*$/.test(text("hint")) ? undefined : text("hint"),
    };
  });
}

/** The object literal that has this position; `undefined` where none is near. */
function literalAround(text: string, at: number): string | undefined {
  for (let open = at; open > at - 600 && open >= 0; open--) {
    if (text[open] === "{" && closing(text, open) > at) {
      return text.slice(open, closing(text, open));
    }
  }
  return undefined;
}

/**
 * Errors whose text stands elsewhere: what `mustRun` says of a program that failed gets its code and hint
 * from the caller, and a `Refusal` of a release is thrown by whoever asked for it.
 */
function passedOn(text: string): ExpectedError[] {
  const refusals = text.includes("export interface Refusal {");
  return [...text.matchAll(/\bcode: "[a-z_0-9]+"/g)].flatMap(({ index }) => {
    const literal = literalAround(text, index);
    if (literal === undefined) return [];
    const properties = propertiesOf(literal);
    const message = properties.get("message");
    if (refusals && message !== undefined) {
      return errorsOf(new Map([...properties, ["exit", "EXIT.prerequisite"]]), new Map());
    }
    if (
      message !== undefined || !["signal", "hint", "report"].some((name) => properties.has(name))
    ) {
      return [];
    }
    const exit = properties.get("exit") ?? "EXIT.apply";
    const said: Map<string, string> = new Map([...properties, ["exit", exit], [
      "message",
      PROGRAM_FAILED,
    ]]);
    return errorsOf(said, new Map());
  });
}

/** What every call of a maker gives it. */
function callsOf(maker: Maker, text: string): ExpectedError[] {
  const found: ExpectedError[] = [];
  for (
    const { index, 0: head } of text.matchAll(
      new RegExp(`(?<![\\w.]|function )${maker.name}\\(`, "g"),
    )
  ) {
    const open = index + head.length - 1;
    const given = parts(text.slice(open + 1, closing(text, open) - 1), ",");
    const known = new Map(maker.defaults);
    maker.parameters.forEach((name, position) => {
      const expression = given[position];
      if (name === "" || expression === undefined) return;
      const [, hint] = /^\{ hint: ([\s\S]*?),? \}$/.exec(expression.replace(/\s+/g, " ")) ?? [];
      known.set(name, says(hint ?? expression));
      if (hint !== undefined) known.set("hint", says(hint));
    });
    const hint = known.get("hint");
    const properties = maker.properties.has("hint") || hint === undefined
      ? maker.properties
      : new Map([...maker.properties, ["hint", "hint"]]);
    found.push(...errorsOf(properties, known));
  }
  // A call in a type or a comment names no code.
  return found.filter(({ code }) => /^[a-z][a-z0-9_]*$/.test(code));
}

/** @param sources text of every module, without tests */
export function expectedErrors(sources: readonly string[]): ExpectedError[] {
  const found: ExpectedError[] = [];
  for (const text of sources) {
    found.push(...passedOn(text));
    for (const match of text.matchAll(BEGIN)) {
      const open = match.index + match[0].length;
      const properties = propertiesOf(text.slice(open, closing(text, open)));
      const maker = makerAround(text, match.index, properties);
      if (maker === undefined) {
        found.push(...errorsOf(properties, new Map()));
        continue;
      }
      const callers = maker.exported
        ? sources.filter((each) =>
          each === text || new RegExp(`import[^;]*\\b${maker.name}\\b`).test(each)
        )
        : [text];
      found.push(...callers.flatMap((each) => callsOf(maker, each)));
    }
  }
  const distinct = new Map(found.map((each) => [JSON.stringify(each), each]));
  return [...distinct.values()].sort((a, b) =>
    a.code < b.code ? -1 : a.code > b.code ? 1 : a.message < b.message ? -1 : 1
  );
}
