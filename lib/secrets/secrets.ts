/**
 * The stack's secrets: which there are, where each comes from, how new ones are made. Values live
 * in `.env` only; generated once and kept for the life of the data they protect. Pure but for the
 * random bytes it is given.
 */
import type { Problem } from "../errors.ts";
import { isPrintable } from "../answers/rules.ts";
import { Secret } from "../plan/secret.ts";
import { HOPELESS_BITS, strengthOf } from "./strength.ts";

export const SECRET_NAMES = [
  "POSTGRES_PASSWORD",
  "SECRET_KEY",
  "ADMIN_PASSWORD",
  "SMTP_PASSWORD",
  "IMAP_PASSWORD",
  "REGISTRY_PASSWORD",
  "ACME_EAB_KEY",
] as const;
export type SecretName = (typeof SECRET_NAMES)[number];
export type Secrets = Readonly<Record<SecretName, Secret>>;

/** What each secret is for, and what losing or changing it means. */
export const SECRET_DOC: Readonly<Record<SecretName, string>> = {
  POSTGRES_PASSWORD:
    "Password of the database role. It belongs to the data: never edit it here alone.",
  SECRET_KEY: "Signs logins (JWT). Changing it ends every session.",
  ADMIN_PASSWORD:
    "First password of the administrator. May be emptied after it was changed in RxDx.",
  SMTP_PASSWORD: "Login for outgoing mail.",
  IMAP_PASSWORD: "Login for incoming mail.",
  REGISTRY_PASSWORD: "Login at the image registry. No container gets it.",
  ACME_EAB_KEY: "Ties the ACME account to a customer of the CA. No container gets it.",
};

/** Generated when not given; the others are empty when not given. */
const GENERATED: Partial<Record<SecretName, (bytes: RandomBytes) => string>> = {
  POSTGRES_PASSWORD: randomPassword,
  SECRET_KEY: randomSecretKey,
  ADMIN_PASSWORD: randomPassword,
};

export type RandomBytes = (count: number) => Uint8Array;

/** 256 bits in base64url: safe in URLs and shells (ASVS 5.0 11.5.1 asks for 128). */
export function randomPassword(bytes: RandomBytes): string {
  return btoa(String.fromCharCode(...bytes(32)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** 32 bytes in hexadecimal, as `openssl rand -hex 32` prints them. */
export function randomSecretKey(bytes: RandomBytes): string {
  return hex(bytes(32));
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The longest secret; libpq and SMTP servers stop reading long before. */
const LONGEST = 512;

/** The shortest password an operator may bring; a mail server's is what it is. */
const SHORTEST = 12;

export interface SecretSources {
  /** From `RXDX_SECRET_*` and `--secrets-file`. */
  readonly given: Readonly<Partial<Record<SecretName, string>>>;
  /** From the present `.env`. */
  readonly present: Readonly<Partial<Record<SecretName, string>>>;
}

export interface ResolvedSecrets {
  readonly secrets: Secrets;
  /** Names of those that were made now. */
  readonly generated: readonly SecretName[];
  readonly problems: readonly Problem[];
}

/**
 * Present values win over nothing, given values over absent ones; what protects data never changes.
 *
 * @param known names that a guesser knows: of the stack, the role, the domain, the administrator
 */
export function resolveSecrets(
  sources: SecretSources,
  bytes: RandomBytes,
  known: readonly string[] = [],
): ResolvedSecrets {
  const generated: SecretName[] = [];
  const problems: Problem[] = [];
  const values = Object.fromEntries(SECRET_NAMES.map((name) => {
    const present = sources.present[name];
    const given = sources.given[name];
    if (given !== undefined) problems.push(...checkGiven(name, given, present, known));
    const make = GENERATED[name];
    if (given !== undefined) return [name, new Secret(given)];
    if (present !== undefined && present !== "") return [name, new Secret(present)];
    // An emptied ADMIN_PASSWORD stays empty: the operator has taken it out on purpose.
    if (make === undefined || (name === "ADMIN_PASSWORD" && present !== undefined)) {
      return [name, new Secret("")];
    }
    generated.push(name);
    return [name, new Secret(make(bytes))];
  })) as Record<SecretName, Secret>;
  problems.push(...reused(sources.given));
  return { secrets: values, generated, problems };
}

/** One secret for two purposes falls with either. */
function reused(given: SecretSources["given"]): Problem[] {
  const ours = (["POSTGRES_PASSWORD", "SECRET_KEY", "ADMIN_PASSWORD"] as const)
    .filter((name) => (given[name] ?? "") !== "");
  return ours.flatMap((name, index) => {
    const other = ours.slice(0, index).find((each) => given[each] === given[name]);
    return other === undefined ? [] : [{
      key: `RXDX_SECRET_${name}`,
      rule: `must differ from ${other}`,
      example: "leave it out and a strong one is generated",
    }];
  });
}

function checkGiven(
  name: SecretName,
  given: string,
  present: string | undefined,
  known: readonly string[],
): Problem[] {
  const problems: Problem[] = [];
  const key = `RXDX_SECRET_${name}`;
  const add = (rule: string, example: string) => problems.push({ key, rule, example });
  if (!isPrintable(given)) {
    add(
      "must not contain control characters, line breaks or marks that turn the direction of text",
      "any printable characters",
    );
  }
  const least = { SECRET_KEY: 32, POSTGRES_PASSWORD: SHORTEST, ADMIN_PASSWORD: SHORTEST }[
    name as string
  ] ?? 0;
  // An empty ADMIN_PASSWORD means that no administrator is to be made.
  const none = name === "ADMIN_PASSWORD" && given === "";
  const length = [...given].length;
  if (length > LONGEST) add(`must have at most ${LONGEST} characters`, "64 characters are plenty");
  if (least > 0 && length >= least && given !== present) {
    const { bits, advice } = strengthOf(given, known);
    if (bits < HOPELESS_BITS) {
      add(
        `is one of the first that anybody tries${advice === undefined ? "" : `. ${advice}`}`
          .replace(/\.$/, ""),
        "leave it out and a strong one is generated",
      );
    }
  }
  if (length < least && !none && given !== present) {
    add(
      `must have at least ${least} characters`,
      "leave it out and a strong one is generated",
    );
  }
  if (
    name === "POSTGRES_PASSWORD" && present !== undefined && present !== "" && present !== given
  ) {
    add(
      "differs from the password of the existing database; changing it here would lock the " +
        "application out",
      "leave it out to keep the present one",
    );
  }
  return problems;
}

/** Reads `RXDX_SECRET_<NAME>`; an unknown name is a problem. */
export function secretsFromEnvironment(
  env: Readonly<Record<string, string>>,
): { given: Partial<Record<SecretName, string>>; problems: Problem[] } {
  return pick(
    Object.entries(env).filter(([name]) => name.startsWith("RXDX_SECRET_"))
      .map(([name, value]) => [name.slice("RXDX_SECRET_".length), value]),
    "RXDX_SECRET_",
  );
}

/** Sorts named values into known secrets; used for the environment and `--secrets-file`. */
export function pick(
  entries: readonly (readonly [string, string])[],
  prefix = "",
): { given: Partial<Record<SecretName, string>>; problems: Problem[] } {
  const given: Partial<Record<SecretName, string>> = {};
  const problems: Problem[] = [];
  for (const [name, value] of entries) {
    const known = SECRET_NAMES.find((each) => each === name);
    if (known !== undefined) given[known] = value;
    else {
      problems.push({
        key: `${prefix}${name}`,
        rule: `is not a known secret; known are ${SECRET_NAMES.join(", ")}`,
        example: `${prefix}${SECRET_NAMES[0]}`,
      });
    }
  }
  return { given, problems };
}
