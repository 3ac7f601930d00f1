/**
 * How hard a password that somebody brings is to guess: for the wizard, which shows the verdict, and for the check
 * of given secrets, which refuses the hopeless. An estimate in bits, on the low side, after the idea of zxcvbn:
 * what is a word, a name, a year, a row of keys, a sequence or a repetition counts as one choice among
 * a few thousand, not as random characters. Own code of a hundred lines, because zxcvbn itself brings
 * 800 KB of English word lists for a field that most people leave to the generator. Pure.
 */

export interface Strength {
  /** Bits of guessing work; an estimate on the low side. */
  readonly bits: number;
  readonly verdict: "weak" | "fair" | "strong";
  /** What to do about it; absent for a strong one. */
  readonly advice?: string;
}

/** Guessable online, and with a stolen hash in minutes. */
const FAIR_BITS = 45;
/** Out of reach for a stolen fast hash (PostgreSQL's SCRAM has 4096 rounds). */
const STRONG_BITS = 70;

/** What defaults, examples and tutorials are made of; the shorter ones only as whole words. */
const WORDS = (
  "password passwort passwd pass secret geheim changeme change please default example sample " +
  "admin administrator root user guest test testing demo welcome hello letmein login master " +
  "superuser postgres postgresql pgsql database docker compose server system manager " +
  "production staging development prod backup service account company office " +
  "rxdx hapi dhf medical device evidence quality audit requirement " +
  "dragon monkey football baseball iloveyou sunshine princess shadow superman batman trustno " +
  "summer winter spring autumn january february march april june july august september october " +
  "november december monday friday sommer herbst hallo schalke love angel money freedom " +
  "correct horse battery staple secure security private public token key your mine this that " +
  "here with the and my for not insecure temporary temp initial first new old super strong long"
).split(" ").sort((a, b) => b.length - a.length);

const ROWS = [
  "qwertyuiop",
  "qwertzuiopü",
  "azertyuiop",
  "asdfghjkl",
  "yxcvbnm",
  "zxcvbnm",
  "1234567890",
  "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
  "q1w2e3r4t5y6u7i8o9p0",
  "!@#$%^&*()",
  "abcdefghijklmnopqrstuvwxyz",
];

const LEET: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "@": "a",
  "$": "s",
  "!": "i",
};

/** Bits of one choice among a few thousand common words. */
const WORD_BITS = 11;
/** Capital letters and digits for letters: the usual spellings. */
const SPELLING_BITS = 1;
const YEAR_BITS = 7;
const ROW_BITS = 6;

/** Size of the alphabet that an attacker must assume after seeing which kinds are used. */
function alphabet(chars: readonly string[]): number {
  const kinds: readonly (readonly [RegExp, number])[] = [
    [/[a-z]/, 26],
    [/[A-Z]/, 26],
    [/[0-9]/, 10],
    [/[ -/:-@[-`{-~]/, 33],
    // Nobody picks among all of Unicode; a script has about that many letters in use.
    [/[^ -~]/, 100],
  ];
  const text = chars.join("");
  return kinds.reduce((sum, [kind, count]) => sum + (kind.test(text) ? count : 0), 0);
}

interface Piece {
  readonly length: number;
  readonly bits: number;
  readonly kind: "word" | "year" | "row" | "repeat";
}

/** The longest guessable piece that begins at `at`. */
function pieceAt(
  chars: readonly string[],
  at: number,
  own: readonly string[],
  unknownWords: boolean,
): Piece | undefined {
  const rest = chars.slice(at);
  const lower = rest.join("").toLowerCase();
  const plain = [...lower].map((char) => LEET[char] ?? char).join("");
  const found: Piece[] = [];
  const word = [...own, ...WORDS].find((each) =>
    each.length >= 3 && (lower.startsWith(each) || plain.startsWith(each))
  );
  if (word !== undefined) {
    const spelled = rest.slice(0, [...word].length).join("");
    const bits = (own.includes(word) ? 4 : WORD_BITS) + (spelled === word ? 0 : SPELLING_BITS);
    found.push({ length: [...word].length, bits, kind: "word" });
  }
  if (/^(19|20)\d\d/.test(lower)) found.push({ length: 4, bits: YEAR_BITS, kind: "year" });
  for (const row of ROWS) {
    for (const way of [row, [...row].reverse().join("")]) {
      const begin = way.indexOf(lower.slice(0, 3));
      if (begin < 0 || lower.length < 3) continue;
      let length = 3;
      while (length < lower.length && way[begin + length] === lower[length]) length++;
      found.push({ length, bits: ROW_BITS + Math.log2(length), kind: "row" });
    }
  }
  if (unknownWords) found.push(...wordLike(rest));
  // One to twelve characters again and again: the unit counts by itself, once.
  for (let unit = 1; unit <= Math.min(12, rest.length / 2); unit++) {
    const begin = rest.slice(0, unit).join("");
    let times = 1;
    while (rest.slice(times * unit, (times + 1) * unit).join("") === begin) times++;
    if (times * unit >= 3 && times >= (unit === 1 ? 3 : 2)) {
      const each = Math.min(unit * Math.log2(Math.max(2, alphabet(rest.slice(0, unit)))), 40);
      const bits = (wordLike(rest.slice(0, unit))[0]?.bits ?? each) + Math.log2(times);
      found.push({ length: times * unit, bits, kind: "repeat" });
    }
  }
  return found.sort((a, b) => b.length - a.length || a.bits - b.bits)[0];
}

/** Letters in which vowels stand as in words count as a word of a large dictionary, known here or not. */
function wordLike(rest: readonly string[]): Piece[] {
  const run = /^[A-Z]?[a-z0134578@$!]{3,}|^[A-Z]{4,}/.exec(rest.join(""))?.[0] ?? "";
  const letters = run.replace(/[^a-z]/gi, "").length;
  const plain = [...run.toLowerCase()].map((char) => LEET[char] ?? char).join("");
  const vowels = plain.replace(/[^aeiouy]/g, "").length;
  if (run.length < 4 || letters < run.length * 0.6 || vowels < run.length / 4) return [];
  const bits = Math.min(13, 2.6 * run.length) + (letters < run.length ? 3 : 0);
  return [{ length: run.length, bits, kind: "word" }];
}

/**
 * @param own names that an attacker knows: of the stack, the role, the domain; whole and in their parts
 */
export function strengthOf(text: string, own: readonly string[] = []): Strength {
  const whole = guess(text, own);
  // Separators and marks around well-known words are the next things that are tried.
  const core = guess(text.replace(/[^\p{L}\p{N}]/gu, ""), own, false);
  const bits = Math.floor(Math.min(whole.bits, core.bits + 4 + Math.max(0, whole.marks - 4) * 5));
  const verdict = bits < FAIR_BITS ? "weak" : bits < STRONG_BITS ? "fair" : "strong";
  const advice = adviceOf(verdict, whole.kinds, whole.loose);
  return { bits, verdict, ...(advice === undefined ? {} : { advice }) };
}

interface Guess {
  readonly bits: number;
  /** Characters that belong to no piece. */
  readonly loose: number;
  /** Characters that are neither letters nor digits. */
  readonly marks: number;
  readonly kinds: ReadonlySet<Piece["kind"]>;
}

function guess(text: string, own: readonly string[], unknownWords = true): Guess {
  const chars = [...text.normalize("NFKC")];
  const names = [...new Set(own.flatMap((name) => [name, ...name.split(/[^\p{L}\p{N}]+/u)]))]
    .map((name) => name.toLowerCase()).filter((name) => name.length >= 3)
    .sort((a, b) => b.length - a.length);
  const perChar = Math.log2(Math.max(2, alphabet(chars)));
  let bits = 0;
  let loose = 0;
  const seen = new Map<string, number>();
  const kinds = new Set<Piece["kind"]>();
  for (let at = 0; at < chars.length;) {
    const piece = pieceAt(chars, at, names, unknownWords);
    if (piece !== undefined && piece.bits < piece.length * perChar) {
      const word = chars.slice(at, at + piece.length).join("").toLowerCase();
      bits += seen.has(word) ? 1 : piece.bits;
      seen.set(word, 1);
      kinds.add(piece.kind);
      at += piece.length;
    } else {
      // The same character again and again, even apart, is no new choice.
      const char = chars[at] ?? "";
      const times = seen.get(char) ?? 0;
      seen.set(char, times + 1);
      const most = /[\p{L}\p{N}]/u.test(char) ? 4 : 1;
      bits += times < most ? perChar : 1;
      loose++;
      at++;
    }
  }
  const marks = chars.filter((char) => !/[\p{L}\p{N}]/u.test(char)).length;
  return { bits, loose, marks, kinds };
}

function adviceOf(
  verdict: Strength["verdict"],
  kinds: ReadonlySet<Piece["kind"]>,
  loose: number,
): string | undefined {
  if (verdict === "strong") return undefined;
  const generate = "leave it empty and a strong one is generated";
  if (kinds.has("repeat")) return `Repetitions add nothing; ${generate}.`;
  if (kinds.has("row")) return `Rows of keys and sequences are tried first; ${generate}.`;
  if (kinds.has("word") && loose < 8) return `Common words and names are tried first; ${generate}.`;
  if (kinds.has("year")) return `Years are tried first; ${generate}.`;
  return verdict === "weak"
    ? `It is too short; ${generate}.`
    : `A few more characters make it strong; or ${generate}.`;
}

/** Bits below which a password is one of the first that anybody tries. */
export const HOPELESS_BITS = 28;
