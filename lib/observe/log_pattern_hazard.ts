/**
 * Finds in a regular expression what makes JavaScript's engine go back over what it tried without end:
 * `(a+)+` on thirty letters takes a minute. Reads the expression, runs nothing; pure. Errs on the safe
 * side. Called by `log_pattern.ts` with expressions that compile.
 */

/** A repetition of at least this many counts as one without a limit. */
const MANY = 10;

/** What there is to know of an expression before it is run. */
export interface Hazard {
  /** The first group that is repeated and can match one text in several ways; the expression is refused. */
  readonly repeated: string | undefined;
  /** Repetitions without a limit, one after the other: work grows with a line's length to this power, plus one. */
  readonly degree: number;
}

interface Group {
  readonly start: number;
  /** Something in it has no fixed number. */
  variable: boolean;
  /** First atoms of its branches; `undefined` for one that is not a single character. */
  readonly firsts: (string | undefined)[];
  /** The next atom begins a branch. */
  atStart: boolean;
}

const ATOM =
  /\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|u[\dA-Fa-f]{4}|x[\dA-Fa-f]{2}|c[A-Za-z]|k<[^>]*>|\d+|.)|\[(?:\\.|[^\]\\])*\]|[^]/y;
const QUANTIFIER = /(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??/y;
const GROUP_HEAD = /\((?:\?(?:<?[=!]|<[^>]*>|[a-z-]*:))?/y;

/** Where a sticky expression ends when it matches at `at`; `undefined` when it does not. */
function stick(regex: RegExp, text: string, at: number): RegExpExecArray | undefined {
  regex.lastIndex = at;
  return regex.exec(text) ?? undefined;
}

function repetition(found: RegExpExecArray): { many: boolean; variable: boolean } {
  const [, sign, least, comma, most] = found;
  if (sign !== undefined) return { many: sign !== "?", variable: true };
  const low = Number(least);
  const high = comma === undefined ? low : most === "" ? Number.POSITIVE_INFINITY : Number(most);
  return { many: high >= MANY, variable: high !== low };
}

/** Every character that decides whether two branches can begin alike. */
const SAMPLES = [...Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at)), "\t", "é"];

function ambiguous(group: Group, anyCase: boolean): boolean {
  if (group.variable) return true;
  if (group.firsts.length < 2) return false;
  const seen = new Set<string>();
  for (const first of group.firsts) {
    if (first === undefined) return true;
    const one = new RegExp(`^${first}$`, anyCase ? "i" : "");
    const taken = SAMPLES.filter((each) => one.test(each));
    if (taken.some((each) => seen.has(each))) return true;
    for (const each of taken) seen.add(each);
  }
  return false;
}

/** A group is ambiguous when it holds something of no fixed number, or branches that begin alike. */
export function hazardOf(source: string, anyCase: boolean): Hazard {
  let degree = 0;
  const begin = (start: number): Group => ({ start, variable: false, firsts: [], atStart: true });
  const open: Group[] = [begin(0)];
  for (let at = 0; at < source.length;) {
    const group = open.at(-1);
    if (group === undefined) break;
    const start = at;
    let closed: Group | undefined;
    if (source[at] === "(") {
      at += stick(GROUP_HEAD, source, at)?.[0].length ?? 1;
      if (group.atStart) group.firsts.push(undefined);
      group.atStart = false;
      open.push(begin(start));
      continue;
    }
    if (source[at] === "|") {
      if (group.atStart) group.firsts.push(undefined);
      group.atStart = true;
      at += 1;
      continue;
    }
    if (source[at] === ")") {
      if (group.atStart) group.firsts.push(undefined);
      closed = open.pop();
      at += 1;
    } else {
      const atom = stick(ATOM, source, at)?.[0] ?? source[at] ?? "";
      if (group.atStart) group.firsts.push(/^(?:\\[bB\d]|[\^$])/.test(atom) ? undefined : atom);
      group.atStart = false;
      at += atom.length;
    }
    const quantifier = stick(QUANTIFIER, source, at);
    const parent = open.at(-1);
    if (quantifier !== undefined) {
      at += quantifier[0].length;
      const { many, variable } = repetition(quantifier);
      if (many) degree += 1;
      if (closed !== undefined && many && ambiguous(closed, anyCase)) {
        return { repeated: source.slice(closed.start, at), degree };
      }
      if (variable && parent !== undefined) parent.variable = true;
    }
    // What varies inside of a group varies inside of the groups around it too.
    if (
      closed !== undefined && parent !== undefined && (closed.variable || closed.firsts.length > 1)
    ) {
      parent.variable ||= closed.variable || ambiguous(closed, anyCase);
    }
  }
  return { repeated: undefined, degree };
}
