/** What the fuzz tests draw from: hostile pieces, valid documents, and the ways to spoil one. */
import fc from "fast-check";
import { type Field, FIELDS } from "../../lib/answers/fields.ts";

/** Pieces that mean something to one of the programs a value passes through. */
export const PIECES: readonly string[] = [
  ..."\n\r\t\0\x1b\x7f\x9b\u2028\u202e\ufeff".split(""),
  ..."\"'`\\$#=:;,%!*?~&|<>(){}[]@^+-_/ ".split(""),
  "${HOME}",
  "$(id)",
  "$host",
  "{{x}}",
  "<%= it %>",
  "../",
  "://",
  "; return 200",
  "}\nserver {",
  "\n  image: evil",
  "null",
  "true",
  "yes",
  "~",
  "0x10",
  "1e3",
  ".inf",
  "*a",
  "&a ",
  "!!binary ",
  "<<: ",
  "__proto__",
  "constructor",
  "toString",
  "é",
  "ß",
  "例",
  "🔑",
  "\ud800",
  "xn--",
  "a",
  "Z",
  "9",
  "example.com",
  "192.0.2.1",
  "::1",
  "4G",
  "10m",
  "* * * * *",
];

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.array(fc.constantFrom(...PIECES), { maxLength: 6 }).map(join) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 20 }) },
  { weight: 1, arbitrary: fc.nat({ max: 3000 }).map((length) => "x".repeat(length)) },
);

function join(parts: readonly string[]): string {
  return parts.join("");
}

/** A value of any kind that YAML can hold. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 5, arbitrary: hostileText },
  {
    weight: 2,
    arbitrary: fc.oneof(
      fc.integer(),
      fc.double(),
      fc.constantFrom(0, -1, 1, 80, 65535, 65536, NaN, Infinity, -0, 1e21, 2 ** 53),
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom(true, false, null, undefined, [], {}, [[]], [null]) },
  { weight: 2, arbitrary: fc.array(hostileText, { maxLength: 4 }) },
  {
    weight: 1,
    arbitrary: fc.dictionary(
      fc.oneof(hostileText, fc.constantFrom("http", "api", "daily")),
      hostileText,
      {
        maxKeys: 3,
      },
    ),
  },
);

/** Values that each field takes; random ones of every kind are mixed among them. */
const VALID: Readonly<Record<string, readonly unknown[]>> = {
  name: ["rxdx", "a", "my-stack_2"],
  domain: ["rxdx.example.com", "192.0.2.7", "2001:db8::7", "xn--bcher-kva.example", "HOST.example"],
  aliases: [[], ["www.example.com"], ["192.0.2.8", "b.example", "::1"]],
  "images.path": ["", "/srv/RxDx", "./a b"],
  "images.registry": ["", "registry.example.com:5000/rxdx"],
  "images.tag": ["", "1.2.0"],
  "images.username": ["", "robot$deploy", "a b"],
  "tls.trusted_proxies": [[], ["10.0.0.5"], ["10.0.0.0/8", "2001:db8::/32"]],
  "database.user": ["rxdx", "app"],
  "database.graph": ["rxdx_graph", "evidence"],
  "email.host": ["", "smtp.example.com"],
  "email.from": ["", "rxdx@example.com", "o'neil+x@example.com"],
  "email.user": ["", 'a"b$c`d\\e#f', "name ${X}"],
  "imap.mailbox": ["INBOX", "INBOX/Sent Items; {x}", "$HOME"],
  "llm.model": ["", "model: v2 #1", "{{name}}"],
  "application.cors_origins": [[], ["https://wiki.example.com"], [
    "https://a.org",
    "http://b.org:81",
  ]],
  "backups.directory": ["backups", "/srv/backups", "a;b{c}$d"],
  "backups.copy_to": ["", "sftp://nas/$x;{y}"],
  "nginx.max_body": ["20m", "100m", "512k"],
  "application.max_upload": ["10m", "1m"],
};

/** A value that this field accepts alone. */
export function validValue(field: Field): fc.Arbitrary<unknown> {
  const listed = VALID[field.path];
  if (listed !== undefined) return fc.constantFrom(...listed);
  if (field.choices.length > 0) return fc.constantFrom(...field.choices);
  if (field.kind === "boolean") return fc.boolean();
  return fc.constant(field.defaultValue);
}

/** Every field; those that end up in nginx's configuration three times as often. */
export const anyField: fc.Arbitrary<Field> = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...FIELDS) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...FIELDS.filter(({ path }) =>
        ["domain", "aliases", "tls.trusted_proxies", "ports.https"].includes(path) ||
        path.startsWith("nginx.")
      ),
    ),
  },
);

/** A valid value with a hostile piece somewhere in it, or in an entry of it. */
export function spoiledValue(field: Field): fc.Arbitrary<unknown> {
  return fc.tuple(validValue(field), spoils).map(([value, changes]) => {
    if (Array.isArray(value)) return [...value, spoil(String(value[0] ?? "a.example"), changes)];
    const text = spoil(String(value ?? ""), changes);
    return typeof value === "number" && /^\d+$/.test(text) ? Number(text) : text;
  });
}

/** One change of a text, as a slip of the hand or of a disk would make it. */
export type Spoil = readonly [at: number, remove: number, insert: string];
export const spoils: fc.Arbitrary<readonly Spoil[]> = fc.array(
  fc.tuple(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.nat({ max: 5 }),
    fc.oneof(
      fc.constantFrom(...PIECES),
      fc.constant(""),
    ),
  ),
  { minLength: 1, maxLength: 4 },
);

export function spoil(text: string, changes: readonly Spoil[]): string {
  return changes.reduce((now, [at, remove, insert]) => {
    const index = Math.floor(at * now.length);
    return now.slice(0, index) + insert + now.slice(index + remove);
  }, text);
}

/** Text as it comes from a file: what is no UTF-8 became U+FFFD. */
export function asRead(text: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(text));
}
