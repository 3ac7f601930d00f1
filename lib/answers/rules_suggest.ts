/**
 * What somebody probably meant who wrote a value that breaks a rule: the example in the message. Called by the rules;
 * a suggestion that breaks the rule itself is not shown.
 */

/** `https://bücher.example.:443/app` → `xn--bcher-kva.example`. */
export function hostname(text: string): string | undefined {
  const bare = text.trim().replace(/^[a-z]+:\/\//i, "").replace(/[/?#].*$/s, "")
    .replace(/^[^@]*@/, "");
  const host = /^[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*$/i.test(bare) ? `[${bare}]` : bare;
  if (host === "" || !URL.canParse(`http://${host}/`)) return undefined;
  // An IDN comes back in its ASCII form (UTS 46), which is what certificates and DNS hold.
  return new URL(`http://${host}/`).hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
}

/** `https://wiki.example/page` → `https://wiki.example`. */
export function origin(text: string): string | undefined {
  const address = /^https?:\/\//i.test(text) ? text : `https://${text}`;
  if (text === "*" || !URL.canParse(address)) return undefined;
  return new URL(address).origin;
}

/** `4 GiB`, `4gb` → `4g`. A bare number is left alone: nobody knows its unit. */
export function size(text: string): string | undefined {
  const match = /^(\d{1,7})\s*([kmgt])(i?b)?$/i.exec(text.trim());
  if (match === null) return undefined;
  const [, count = "", unit = ""] = match;
  return unit.toLowerCase() === "t" ? `${Number(count) * 1024}g` : `${Number(count)}${unit}`;
}

/** The nicknames of cron(5). */
export function schedule(text: string): string | undefined {
  const names: Readonly<Record<string, string>> = {
    hourly: "0 * * * *",
    daily: "0 2 * * *",
    nightly: "0 2 * * *",
    midnight: "0 0 * * *",
    weekly: "0 2 * * 0",
    monthly: "0 2 1 * *",
  };
  const name = text.trim().replace(/^@/, "").toLowerCase();
  return Object.hasOwn(names, name) ? names[name] : undefined;
}
