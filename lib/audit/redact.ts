/**
 * What of a command line may be written down: options and keys, values without secrets. Pure.
 *
 * Secrets never belong on a command line, and somebody will type one all the same; what the record
 * keeps, it keeps for good.
 */
import { MASK } from "../plan/secret.ts";

/** Keys of `rxdx.yml` whose value is as good as a password, and names that say so themselves. */
const SECRET_KEY = /pass|secret|token|credential|webhook|eab|api[_-]?key|private/i;

/** Options whose next word is a value of that kind. */
const SECRET_OPTION = /^--(?:[a-z-]*(?:pass|secret|token|credential|webhook)[a-z-]*)$/i;

/** Options that name a file: its path is no secret, whatever it is called. */
const FILE_OPTION = /-file$/i;

/** Shorter ones would be found in every other word. */
const SHORTEST = 4;

/** The longest word that is kept, in characters. */
const LONGEST = 300;

/** Passwords in addresses, and what stands behind the host of a webhook. */
function withoutLogins(word: string): string {
  return word.replace(/([a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)[^\s/@]+@/gi, `$1${MASK}@`);
}

/** A function that takes these values out of a text, the longest first. */
export function masker(secrets: readonly string[]): (text: string) => string {
  const known = [...new Set(secrets)].filter((each) => each.length >= SHORTEST)
    .sort((a, b) => b.length - a.length);
  return (text) => withoutLogins(known.reduce((shown, each) => shown.replaceAll(each, MASK), text));
}

export function redactedArgv(argv: readonly string[], secrets: readonly string[]): string[] {
  const mask = masker(secrets);
  return argv.map((word, index) => {
    const before = argv[index - 1] ?? "";
    if (SECRET_OPTION.test(before) && !FILE_OPTION.test(before)) return MASK;
    const [, key = "", value] = /^((?:--)?[A-Za-z][A-Za-z0-9_.-]*=)(.*)$/s.exec(word) ?? [];
    const secret = SECRET_KEY.test(key) && !FILE_OPTION.test(key.slice(0, -1));
    const shown = value !== undefined && value !== "" && secret ? key + MASK : mask(word);
    return shown.length <= LONGEST ? shown : `${shown.slice(0, LONGEST)}…`;
  });
}
