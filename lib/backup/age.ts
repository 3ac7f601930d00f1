/**
 * Encryption in the age format (age-encryption.org/v1), by the library of the format's own author: keys,
 * and a stream encrypted and decrypted in flat memory. What it writes, the `age` program opens
 * (docs/adr/0021).
 */
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";

/** An identity (secret) and the recipient that belongs to it. */
export interface KeyPair {
  readonly identity: string;
  readonly recipient: string;
}

/** Who can open a backup: the holders of keys, or who knows the passphrase; age allows no mixture. */
export type Lock =
  | { readonly kind: "recipients"; readonly recipients: readonly string[] }
  | { readonly kind: "passphrase"; readonly passphrase: string };

export type Key =
  | { readonly kind: "identities"; readonly identities: readonly string[] }
  | { readonly kind: "passphrase"; readonly passphrase: string };

/** The classic kind: Debian 12's `age` 1.1 opens it, which the newer hybrid kind it does not. */
export async function newKeyPair(): Promise<KeyPair> {
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

export async function recipientOf(identity: string): Promise<string> {
  return await identityToRecipient(identity);
}

/** Identities in a file as `age-keygen` writes it: a line each, comments with `#`. */
export function identitiesIn(text: string): string[] {
  return text.split(/\r?\n/).map((line) => line.trim()).filter((line) =>
    /^AGE-SECRET-KEY-1[0-9A-Z]+$/.test(line)
  );
}

/** The file of one key, as `age-keygen` writes it. */
export function identityFile({ identity, recipient }: KeyPair, at: Date, what: string): string {
  return `# created: ${at.toISOString()}\n# ${what}\n# public key: ${recipient}\n${identity}\n`;
}

/** @throws where a recipient is none */
export async function encrypted(
  lock: Lock,
  chunks: AsyncIterable<Uint8Array>,
): Promise<AsyncIterable<Uint8Array>> {
  const encrypter = new Encrypter();
  if (lock.kind === "passphrase") encrypter.setPassphrase(lock.passphrase);
  else for (const each of lock.recipients) encrypter.addRecipient(each);
  return await encrypter.encrypt(ReadableStream.from(chunks));
}

/**
 * @throws where no key fits or the header was changed, at once; where the data was changed or cut, while
 *   it is read: what came before is authentic
 */
export async function decrypted(
  key: Key,
  chunks: AsyncIterable<Uint8Array>,
): Promise<AsyncIterable<Uint8Array>> {
  const decrypter = new Decrypter();
  if (key.kind === "passphrase") decrypter.addPassphrase(key.passphrase);
  else for (const each of key.identities) decrypter.addIdentity(each);
  return await decrypter.decrypt(ReadableStream.from(chunks));
}
