/** Takes secret values out of foreign text before it is kept or sent. Pure. */
import { MASK } from "../plan/secret.ts";

/** Shorter ones would be found in every other word. */
const SHORTEST = 6;

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text))).replace(/=+$/, "");
}

/** A function that masks these values, also in base64, in an address and in a JSON text. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const forms = new Set(
    secrets.filter((each) => each.length >= SHORTEST).flatMap((each) => [
      each,
      base64(each),
      encodeURIComponent(each),
      JSON.stringify(each).slice(1, -1),
    ]),
  );
  // The longest first: a shorter one may be a part of it.
  const ordered = [...forms].sort((a, b) => b.length - a.length);
  return (text) => ordered.reduce((shown, form) => shown.replaceAll(form, MASK), text);
}

/** What of a webhook's address must not be shown: all but its host. */
export function partsOfAddress(url: string): string[] {
  if (!URL.canParse(url)) return [];
  const { pathname, search } = new URL(url);
  return [url, `${pathname}${search}`, pathname, search, ...pathname.split("/")];
}
