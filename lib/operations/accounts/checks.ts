/** What an account and its password must be like; every problem at once. Pure. Used by `admin`. */
import { emailAddress, isPrintable } from "../../answers/rules.ts";
import type { Problem } from "../../errors.ts";
import { strengthOf } from "../../secrets/strength.ts";

/** The roles of the application (its contract). */
export const ROLES = ["admin", "project_manager", "validator", "auditor", "user"] as const;

/** The five accounts that the application's own seeding makes. */
export const SEEDED_EMAILS: readonly string[] = ["admin", "pm", "validator", "auditor", "test"]
  .map((name) => `${name}@example.com`);

/** Their password, which stands in the application's public sources. */
export const PUBLIC_PASSWORD = "AdminPassword123!";

export function isSeeded(email: string): boolean {
  return SEEDED_EMAILS.includes(email.toLowerCase());
}

/** Characters that a person types may be few only where they are not the whole secret. */
const SHORTEST = 12;
/** bcrypt, which the application uses, reads 72 bytes and refuses or ignores the rest. */
const LONGEST_BYTES = 72;
const LONGEST_NAME = 100;

/** As it is stored and compared: the application looks addresses up letter by letter. */
export function normalEmail(email: string): string {
  return email.trim().toLowerCase();
}

export function emailProblems(email: string): Problem[] {
  return emailAddress.holds(email) ? [] : [{
    key: "EMAIL",
    value: email,
    rule: `must ${emailAddress.text}`,
    example: "ops@example.com",
  }];
}

export function nameProblems(name: string): Problem[] {
  const good = name.trim() !== "" && isPrintable(name) && [...name].length <= LONGEST_NAME;
  return good ? [] : [{
    key: "--name",
    value: name,
    rule: `must be one line of 1 to ${LONGEST_NAME} characters`,
    example: "Operations",
  }];
}

export function roleProblems(role: string): Problem[] {
  return (ROLES as readonly string[]).includes(role) ? [] : [{
    key: "--role",
    value: role,
    rule: `must be one of ${ROLES.join(", ")}`,
    example: "admin",
  }];
}

/**
 * Never with the value. Refused is what can be guessed online; the rest is the operator's decision.
 *
 * @param known names that an attacker knows: of the stack, its domain, the account
 */
export function passwordProblems(password: string, known: readonly string[]): Problem[] {
  const broken = (rule: string): Problem[] => [{
    key: "password",
    rule,
    example: "--generate makes a strong one and shows it once",
  }];
  if (password === "") return broken("must not be empty");
  if (!isPrintable(password)) {
    return broken("must be one line without control characters");
  }
  if ([...password].length < SHORTEST) return broken(`must have at least ${SHORTEST} characters`);
  if (new TextEncoder().encode(password).length > LONGEST_BYTES) {
    return broken(`must have at most ${LONGEST_BYTES} bytes: the application reads no more`);
  }
  if (password === PUBLIC_PASSWORD) return broken("stands in the application's public sources");
  const { verdict, bits, advice } = strengthOf(password, known);
  return verdict !== "weak" ? [] : broken(
    `is too easy to guess (${bits} bits of 45)${advice === undefined ? "" : `. ${advice}`}`
      .replace(/\.$/, "").replace(
        "leave it empty and a strong one is generated",
        "use --generate",
      ),
  );
}
