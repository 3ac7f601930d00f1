/**
 * Secrets that nobody has told us of, recognised by their shape: private keys, tokens, what is assigned
 * to a name like `password`. Each is taken out under a name of its own. Pure.
 */

export interface Pattern {
  readonly name: string;
  /** With a group `secret` where only a part of the match goes. */
  readonly find: RegExp;
}

/**
 * Words in names of variables and keys whose values are secret, and what follows them in the name. What
 * stands before does not matter, and looking for it would take forever in a long line.
 */
const SECRET_NAME =
  "(?:passw(?:or)?d|passwd|passphrase|pwd|secret|token|api[_-]?key|private[_-]?key|" +
  "access[_-]?key|credentials?|eab[_-]?key|secret[_-]?key)" +
  // Settings about secrets are none: a token's life, a password's least length.
  "(?![_-]?(?:type|expir|minutes|days|hours|seconds|length|min|max|files?\\b|path|policy|count|ttl|age|" +
  "authentication|reset|name|id\\b|url|rotat|strength|encryption))[A-Za-z0-9_]{0,60}";

const WHOLE_NAME = new RegExp(`${SECRET_NAME}$`, "i");

/** True when what is assigned to this name is secret: `POSTGRES_PASSWORD`, `apiKey`. */
export function namesSecret(name: string): boolean {
  return WHOLE_NAME.test(name);
}

/** What stands after a name as its value: in quotes (escaped ones too), or up to a blank. */
const VALUE = '(?:\\\\*"(?<quoted>(?:[^"\\\\\\n]|\\\\(?!")[^\\n])+)|\'(?<single>[^\'\\n]+)|' +
  "(?<bare>[^\\s\"',;&}{\\[\\]()<>]+))";

export const PATTERNS: readonly Pattern[] = [
  {
    // A key that is cut off is a key all the same; in JSON its line ends are written as \n.
    name: "private-key",
    find:
      /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----(?:(?!-----END)[\s\S]){0,20000}(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----)?/g,
  },
  {
    name: "jwk-private",
    find: /"(?:d|p|q|dp|dq|qi|k)\\*"\s*:\s*\\*"(?<secret>[A-Za-z0-9_-]{20,})/g,
  },
  { name: "jwt", find: /\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*/g },
  {
    name: "authorization",
    find:
      /\b(?:proxy-)?authorization\\*["']?\s*[:=]\s*\\*["']?(?:(?:Bearer|Basic|Digest|Token|Negotiate)\s+)?(?<secret>(?!Bearer|Basic|Digest|Token|Negotiate|\[redacted)[^\s"'\\,}][^"'\\\r\n]*)/gi,
  },
  { name: "bearer", find: /\bBearer\s+(?<secret>[A-Za-z0-9._~+/=-]{8,})/gi },
  { name: "basic", find: /\bBasic\s+(?<secret>[A-Za-z0-9+/=_-]{8,})/g },
  {
    name: "cookie",
    find:
      /\b(?:set-)?cookie\\*["']?\s*[:=]\s*\\*["']?(?<secret>(?!\[redacted)[^\s"'\\][^"'\\\r\n]*)/gi,
  },
  {
    // Of user:password@ before a host; a user alone is none.
    name: "url-password",
    find:
      /\b[a-z][a-z0-9+.-]{1,30}:\/\/[^\s/:@"'<>\\${}]{0,200}:(?<secret>(?!\[redacted)[^\s/@"'<>]{1,600})@/gi,
  },
  { name: "aws-key", find: /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b/g },
  {
    name: "token",
    find:
      /\b(?:gh[pousr]_[A-Za-z0-9]{30,}|glpat-[A-Za-z0-9_-]{16,}|xox[abprs]-[A-Za-z0-9-]{10,}|sk-[A-Za-z0-9_-]{20,}|github_pat_[A-Za-z0-9_]{30,})/g,
  },
  { name: "webhook", find: /\bhooks\.slack\.com\/(?<secret>[^\s"'\\]+)/g },
  // What a database or an application stores of a password lets it be guessed.
  { name: "password-hash", find: /SCRAM-SHA-256\$+\d+:[A-Za-z0-9+/=]+\$+[A-Za-z0-9+/=:]+/g },
  {
    name: "password-hash",
    find:
      /\${1,4}(?:2[abxy]|argon2(?:id|i|d)|scrypt|[156y]|pbkdf2-sha256)\${1,4}[A-Za-z0-9./$+=,]{20,}/g,
  },
  { name: "password-hash", find: /\bmd5[0-9a-f]{32}\b/g },
  {
    name: "sql-password",
    find: /\bPASSWORD\s+(?:E|U&)?'(?<secret>(?!\[redacted)(?:[^'\n]|'')+)'/gi,
  },
  {
    name: "named-secret",
    find: new RegExp(
      `${SECRET_NAME}\\\\*["']?[ \\t]*(?:=>|=|:(?![?+-]))[ \\t]*(?!\\\\*["']?(?:\\[redacted:|\\*{4,}|\\$+\\{))${VALUE}`,
      "gi",
    ),
  },
];

/** Values after a secret's name that say nothing: a state, a number of a setting. */
export const HARMLESS: RegExp =
  /^(?:true|false|null|none|yes|no|undefined|required|missing|-|\d{1,4}|\$\{.*)$/i;

export interface Span {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

/**
 * Where the patterns hold in a text.
 *
 * @param known values that are secrets, however harmless they look
 */
export function patternSpans(text: string, known: ReadonlyMap<string, string>): Span[] {
  const spans: Span[] = [];
  for (const { name, find } of PATTERNS) {
    for (const match of text.matchAll(find)) {
      const { secret, quoted, single, bare } = match.groups ?? {};
      const value = secret ?? quoted ?? single ?? bare;
      const [whole] = match;
      if (value === undefined) {
        spans.push({ start: match.index, end: match.index + whole.length, name });
      } else if (!HARMLESS.test(value) || known.has(value)) {
        const start = match.index + whole.lastIndexOf(value);
        spans.push({ start, end: start + value.length, name });
      }
    }
  }
  return spans;
}
