/**
 * The second look: opens the finished archive as whoever receives it would, and searches every file for
 * every secret. Knows nothing of how they were taken out. Pure.
 */
import { Buffer } from "node:buffer";
import { type KnownSecret, PLACEHOLDER, reachOf } from "./known_secret.ts";
import {
  base64Decoded,
  type Bytes,
  bytesOf,
  hexDecoded,
  skeleton,
  withoutEscapes,
  withoutPercent,
  withoutQuotedPrintable,
} from "./scan_views.ts";
import { gunzip, readTar, type TarFile } from "./tar.ts";

/** A secret that is still there. Never its value. */
export interface Leak {
  readonly path: string;
  readonly name: string;
}

interface Needle {
  readonly name: string;
  /** As bytes, to be found as they stand. */
  readonly values: readonly Bytes[];
  /** To be found where escapes are undone; none where too little would be left of the value. */
  readonly skeletons: readonly Bytes[];
  readonly wordOnly: boolean;
}

/** The usual ways of writing a value, for those that consist of marks. */
function written(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1);
  return [
    value,
    json,
    JSON.stringify(json).slice(1, -1),
    encodeURIComponent(value.toWellFormed()),
    value.replace(/[\\"$]/g, "\\$&"),
    value.replace(/[^A-Za-z0-9]/gu, "\\$&"),
    value.replaceAll("$", "$$$$"),
    value.replaceAll("'", "''"),
  ];
}

function needles(secrets: readonly KnownSecret[], names: ReadonlySet<string>): Needle[] {
  return secrets.filter(({ value }) => value !== "" && reachOf(value, names) !== "by-name")
    .map(({ name, value }) => {
      const wordOnly = reachOf(value, names) === "word";
      const forms = [value, value.normalize("NFC"), value.normalize("NFD")];
      return {
        name,
        wordOnly,
        values: distinct(wordOnly ? forms : forms.flatMap(written)).map(bytesOf),
        skeletons: distinct(forms.map((each) => skeleton(bytesOf(each))))
          .filter((each) => reachOf(each, names) === "anywhere"),
      };
    });
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}

function isWordByte(code: number): boolean {
  return code >= 0x30 && code <= 0x39 || code >= 0x41 && code <= 0x5a || code === 0x5f ||
    code >= 0x61 && code <= 0x7a || code >= 0x80;
}

/** True when the value stands there with nothing of a word on either side. */
function holdsWord(text: Bytes, value: Bytes): boolean {
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) {
    const before = at === 0 ? 0x20 : text.charCodeAt(at - 1);
    const after = text.charCodeAt(at + value.length);
    if (!isWordByte(before) && !(after >= 0 && isWordByte(after))) return true;
  }
  return false;
}

/** The text, and what it hides. */
function* views(text: Bytes): Generator<Bytes> {
  yield text;
  const mail = withoutQuotedPrintable(text);
  if (mail !== text) yield mail;
  const percent = withoutPercent(text);
  if (percent !== text) yield percent;
  const open = withoutEscapes(percent);
  if (open !== percent) yield open;
  yield base64Decoded(text);
  if (percent !== text) yield base64Decoded(percent);
  yield hexDecoded(text);
}

/** Placeholders may hold what is a secret elsewhere: somebody's password is `POSTGRES`. */
function withoutPlaceholders(text: Bytes): Bytes {
  return text.replace(PLACEHOLDER, "\0");
}

function* leaksIn(file: TarFile, sought: readonly Needle[]): Generator<Leak> {
  const { path } = file;
  const found = new Set<string>();
  const text = withoutPlaceholders(
    `${bytesOf(path)}\n${Buffer.from(file.bytes).toString("latin1")}`,
  );
  const words = sought.filter((each) => each.wordOnly);
  const anywhere = sought.filter((each) => !each.wordOnly);
  for (const { name, values } of words) {
    if (values.some((value) => holdsWord(text, value))) found.add(name);
  }
  if (anywhere.length > 0) {
    for (const view of views(text)) {
      const bare = skeleton(view);
      for (const { name, values, skeletons } of anywhere) {
        const there = values.some((value) => view.includes(value)) ||
          skeletons.some((value) => bare.includes(value));
        if (there) found.add(name);
      }
    }
  }
  for (const name of found) yield { path, name };
}

/** Private keys have no value that we know: nobody reads them. Their first line says enough. */
function holdsPrivateKey({ bytes }: TarFile): boolean {
  return /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(Buffer.from(bytes).toString("latin1"));
}

/**
 * Every secret that the archive still gives away.
 *
 * @param archive the bytes of the finished `.tar.gz`
 * @param names as for the redaction: what is an ordinary word in this stack
 */
export async function scanArchive(
  archive: Uint8Array<ArrayBuffer>,
  secrets: readonly KnownSecret[],
  names: ReadonlySet<string> = new Set(),
): Promise<Leak[]> {
  const sought = needles(secrets, names);
  return readTar(await gunzip(archive)).flatMap((file) => [
    ...leaksIn(file, sought),
    ...(holdsPrivateKey(file) ? [{ path: file.path, name: "private-key" }] : []),
  ]);
}
