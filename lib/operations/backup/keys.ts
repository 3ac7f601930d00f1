/**
 * Who can open a backup. The recovery key belongs to the operator, who keeps its secret half elsewhere:
 * here only its public half stands, in `backups.recipients`. The server key stays on this machine, so that
 * a backup can be proven at night without anybody; whoever can read it can read the database as well
 * (docs/adr/0021). It is in no backup.
 */
import { changeDocument } from "../../answers/document_change.ts";
import {
  identitiesIn,
  identityFile,
  type Key,
  type KeyPair,
  type Lock,
  newKeyPair,
  recipientOf,
} from "../../backup/age.ts";
import { EXIT, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import { quoted } from "../../steps/command_line.ts";
import { keepText, readRendered } from "../../steps/rendered.ts";
import type { Step } from "../../steps/step.ts";
import { configurationPath, needInstall } from "../install.ts";

export function serverKeyPath(dir: string): string {
  return `${dir}/.rxdx/backup.key`;
}

/** The key that new backups are encrypted to; `undefined` before the first backup. */
export async function serverKey(host: Host, dir: string): Promise<KeyPair | undefined> {
  return (await serverKeys(host, dir))[0];
}

/** The present key, then every former one, the last one first. */
export async function serverKeys(host: Host, dir: string): Promise<KeyPair[]> {
  const text = await host.files.readText(serverKeyPath(dir));
  if (text === undefined) return [];
  return await pairsIn(text) ?? fail(
    unreadable(
      serverKeyPath(dir),
      "Move it away: a new one is made for the next backup. Older ones need the recovery key.",
    ),
  );
}

/** Every key of a file with its public half; `undefined` where there is none, or one is mistyped. */
async function pairsIn(text: string): Promise<KeyPair[] | undefined> {
  const [first, ...more] = identitiesIn(text);
  return first === undefined ? undefined : await pairsOf([first, ...more]);
}

/**
 * `undefined` where one is mistyped: the checksum in its spelling finds that. What the library says of it
 * holds the key itself and goes no further.
 */
async function pairsOf(
  [first, ...more]: readonly [string, ...string[]],
): Promise<[KeyPair, ...KeyPair[]] | undefined> {
  const pairOf = async (identity: string) => ({ identity, recipient: await recipientOf(identity) });
  try {
    return [await pairOf(first), ...await Promise.all(more.map(pairOf))];
  } catch {
    return undefined;
  }
}

function fail(error: SetupError): never {
  throw error;
}

const PURPOSE = "Opens backups on this server, for `backup verify`. Not in any backup.";

export function serverKeyStep(host: Host, dir: string): Step {
  return {
    id: "backup-server-key",
    title: "Make the key with which this server opens its own backups",
    isDone: async () => await serverKey(host, dir) !== undefined,
    run: async () => {
      const text = identityFile(
        await newKeyPair(),
        host.clock.now(),
        PURPOSE,
      );
      await host.files.writeAtomic(serverKeyPath(dir), text, { mode: 0o600 });
    },
  };
}

/**
 * A new key first, behind it every former one. None is ever dropped, whatever is known of the backups here:
 * a record may be lost, their disk not mounted, a copy lie elsewhere. A key is a line; a backup that no key
 * opens is lost.
 */
export function rotateServerKeyStep(
  host: Host,
  dir: string,
  identity: string,
): Step {
  return {
    id: "backup-server-key",
    title: "Put a new key in front of those with which this server opens its backups",
    isDone: async () => (await serverKey(host, dir))?.identity === identity,
    run: async (report) => {
      const keys = await serverKeys(host, dir);
      const [next] = await pairsOf([identity]) ?? fail(
        new SetupError({
          code: "backup_key_unreadable",
          message: "The new value of BACKUP_KEY is no age identity, or is mistyped.",
          hint: "rxdx-setup secrets rotate BACKUP_KEY, without a value: the key is made here",
          exit: EXIT.usage,
        }),
      );
      const former = keys.filter((each) => each.identity !== identity).map((each) =>
        `\n# former, for backups that were made with it\n# public key: ${each.recipient}\n` +
        `${each.identity}\n`
      );
      const text = identityFile(next, host.clock.now(), PURPOSE) + former.join("");
      await host.files.writeAtomic(serverKeyPath(dir), text, { mode: 0o600 });
      report.detail(`${former.length} former ${former.length === 1 ? "key stays" : "keys stay"}`);
    },
  };
}

/**
 * Puts a recipient into rxdx.yml. The secret half is in the caller's hands alone. What was applied stays
 * applied: the key goes into the text that is kept of the last run too, because nothing else depends on
 * it, and `upgrade` refuses where rxdx.yml says other things than that.
 */
export function recipientStep(host: Host, dir: string, pair: Pick<KeyPair, "recipient">): Step {
  const has = (recipients: readonly string[]) => recipients.includes(pair.recipient);
  return {
    id: "backup-recipient",
    title: "Add the recovery key to backups.recipients",
    isDone: async () => has((await needInstall(host, dir)).answers.backups.recipients),
    run: async () => {
      const { answers, configuration } = await needInstall(host, dir);
      const { backups } = answers;
      const text = changeDocument(configuration, {
        ...answers,
        backups: { ...backups, recipients: [...backups.recipients, pair.recipient] },
      });
      const applied = await readRendered(host, dir, "rxdx.yml") === configuration;
      await host.files.writeAtomic(configurationPath(dir), text, { mode: 0o600 });
      if (applied) await keepText(host, dir, "rxdx.yml", text);
    },
  };
}

/** Everybody who can open the next backup: those of rxdx.yml, and this server. */
export async function recipientsLock(host: Host, dir: string): Promise<Lock> {
  const { answers } = await needInstall(host, dir);
  const own = await serverKey(host, dir);
  const recipients = new Set(answers.backups.recipients);
  if (own !== undefined) recipients.add(own.recipient);
  return { kind: "recipients", recipients: [...recipients] };
}

/** The first line of a file that nobody else may read. */
export async function passphraseOf(host: Host, path: string): Promise<string> {
  const info = await host.files.stat(path);
  const text = await host.files.readText(path);
  const passphrase = text?.split(/\r?\n/)[0] ?? "";
  if (info === undefined || passphrase === "") {
    throw new SetupError({
      code: "usage",
      message: `${path} has no passphrase in its first line.`,
      hint: "(umask 077; openssl rand -base64 24 > passphrase.txt)",
      exit: EXIT.usage,
    });
  }
  if ((info.mode & 0o077) !== 0) {
    throw new SetupError({
      code: "usage",
      message: `${path} can be read by others.`,
      hint: `chmod 600 ${quoted([path])}`,
      exit: EXIT.usage,
    });
  }
  return passphrase;
}

/**
 * Keys to open with: those of the file that the operator names, and no other, so that what they open is proven
 * to open with them; the server's where none is named.
 *
 * @throws SetupError `backup_key_unreadable`, `backup_key_missing`, `usage`
 */
export async function keysFor(
  host: Host,
  dir: string,
  given: { readonly identityFile?: string; readonly passphraseFile?: string },
): Promise<Key> {
  if (given.passphraseFile !== undefined) {
    return { kind: "passphrase", passphrase: await passphraseOf(host, given.passphraseFile) };
  }
  const pairs = given.identityFile === undefined
    ? await serverKeys(host, dir)
    : await operatorsKeys(host, given.identityFile);
  const identities = pairs.map((each) => each.identity);
  if (identities.length > 0) return { kind: "identities", identities };
  throw new SetupError({
    code: "backup_key_missing",
    message: `There is no ${serverKeyPath(dir)} that could open a backup.`,
    hint: "Give the recovery key: --identity-file key.txt",
    exit: EXIT.prerequisite,
  });
}

async function operatorsKeys(host: Host, path: string): Promise<KeyPair[]> {
  return await pairsIn(await host.files.readText(path) ?? "") ?? fail(
    unreadable(
      path,
      "Write the key into it as it was shown, every character: one is checked by all others",
    ),
  );
}

function unreadable(path: string, hint: string): SetupError {
  return new SetupError({
    code: "backup_key_unreadable",
    message: `${path} holds no age identity (a line AGE-SECRET-KEY-1…), or one is mistyped.`,
    hint,
    exit: EXIT.prerequisite,
  });
}
