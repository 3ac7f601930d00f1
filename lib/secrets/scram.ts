/**
 * PostgreSQL's SCRAM-SHA-256 verifiers (RFC 5802, RFC 7677), made and checked on this side, so that a new
 * password never reaches the server: neither its log nor its list of statements can hold it. Pure.
 *
 * Only for printable ASCII: there SASLprep, which every client applies, changes nothing.
 */
import { Buffer } from "node:buffer";
import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from "node:crypto";

/** What PostgreSQL itself uses (`scram_iterations`). */
export const ITERATIONS = 4096;

/** Bytes of salt, as PostgreSQL makes them. */
export const SALT_BYTES = 16;

const VERIFIER =
  /^SCRAM-SHA-256\$(\d{1,9}):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)$/;

/** True for texts that SASLprep leaves as they are. */
export function isPlain(password: string): boolean {
  return /^[\x20-\x7e]+$/.test(password);
}

/**
 * `SCRAM-SHA-256$4096:SALT$STOREDKEY:SERVERKEY`, as `ALTER ROLE … PASSWORD` takes it.
 *
 * @throws TypeError for a password that is not {@link isPlain}
 */
export function scramVerifier(
  password: string,
  salt: Uint8Array,
  iterations: number = ITERATIONS,
): string {
  if (!isPlain(password)) throw new TypeError("only printable ASCII can be made a verifier of");
  const salted = pbkdf2Sync(password, salt, iterations, 32, "sha256");
  const hmac = (text: string) => createHmac("sha256", salted).update(text).digest();
  const stored = createHash("sha256").update(hmac("Client Key")).digest("base64");
  const server = hmac("Server Key").toString("base64");
  return `SCRAM-SHA-256$${iterations}:${Buffer.from(salt).toString("base64")}$${stored}:${server}`;
}

/**
 * Is it the verifier of this password? `undefined` where that cannot be computed: another kind of
 * verifier, or a password that SASLprep might change.
 */
export function isVerifierOf(verifier: string, password: string): boolean | undefined {
  const [, iterations, salt = ""] = VERIFIER.exec(verifier) ?? [];
  if (iterations === undefined || !isPlain(password)) return undefined;
  const mine = scramVerifier(password, Buffer.from(salt, "base64"), Number(iterations));
  const [a, b] = [Buffer.from(mine), Buffer.from(verifier)];
  return a.length === b.length && timingSafeEqual(a, b);
}
