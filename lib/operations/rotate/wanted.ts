/**
 * What a rotation shall change: the new values, what they replace, and the install as it will be. Made
 * from what was asked for, or from what an interrupted run left. Nothing is changed here.
 */
import { changeDocument } from "../../answers/document_change.ts";
import { type KeyPair, newKeyPair } from "../../backup/age.ts";
import { EXIT, type Problem, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import { withoutSecrets, withSecrets } from "../../render/merge.ts";
import {
  type Kept,
  MADE_HERE,
  type Pending,
  pendingNames,
  type Rotatable,
} from "../../secrets/rotation.ts";
import { isPlain } from "../../secrets/scram.ts";
import {
  randomPassword,
  randomSecretKey,
  resolveSecrets,
  SECRET_NAMES,
  type SecretName,
} from "../../secrets/secrets.ts";
import { sha256 } from "../../steps/receipt.ts";
import { passwordProblems } from "../accounts/checks.ts";
import { serverKey } from "../backup/keys.ts";
import type { Install } from "../install.ts";
import { knownNames, type Prepared } from "../prepare.ts";

export interface Rotation {
  /** In the order of the list of secrets. */
  readonly names: readonly Rotatable[];
  readonly pending: Pending;
  /** True when an interrupted run is gone on with. */
  readonly resumed: boolean;
  /** A new recovery key; its secret half is shown and never kept. */
  readonly recovery?: KeyPair;
}

/** Values that stand in `.env`. An emptied password of the administrator stays empty there. */
export function valuesForEnv(
  { values, former }: Pick<Pending, "values" | "former">,
): Partial<Record<SecretName, string>> {
  return Object.fromEntries(
    SECRET_NAMES.flatMap((name) => {
      const value = values[name];
      const emptied = name === "ADMIN_PASSWORD" && (former[name] ?? "") === "";
      return value === undefined || emptied ? [] : [[name, value]];
    }),
  );
}

/** A password of the administrator that is to be shown, because its line in `.env` was emptied. */
export function shownOnce(pending: Pick<Pending, "values" | "former">): string | undefined {
  const inEnv = valuesForEnv(pending).ADMIN_PASSWORD !== undefined;
  return inEnv ? undefined : pending.values.ADMIN_PASSWORD;
}

/** What stood there before. */
export function formerForEnv(pending: Pending): Partial<Record<SecretName, string>> {
  const names = Object.keys(valuesForEnv(pending)) as SecretName[];
  return Object.fromEntries(names.map((name) => [name, pending.former[name] ?? ""]));
}

/** New values, where none is given, and what they replace. */
export async function newRotation(
  host: Host,
  install: Install,
  names: readonly Rotatable[],
  given: Readonly<Partial<Record<Rotatable, string>>>,
): Promise<Rotation> {
  const bytes = (count: number) => host.random.bytes(count);
  const values: Partial<Record<Kept, string>> = {};
  const former: Partial<Record<Kept, string>> = {};
  for (const name of names) {
    if (name === "BACKUP_RECIPIENT") continue;
    const made = async () =>
      name === "BACKUP_KEY"
        ? (await newKeyPair()).identity
        : name === "SECRET_KEY"
        ? randomSecretKey(bytes)
        : randomPassword(bytes);
    values[name] = given[name] ?? await made();
    former[name] = name === "BACKUP_KEY"
      ? (await serverKey(host, install.dir))?.identity ?? ""
      : install.secrets[name] ?? "";
  }
  return {
    names,
    pending: { schema: 1, at: host.clock.now().toISOString(), values, former },
    resumed: false,
    ...(names.includes("BACKUP_RECIPIENT") ? { recovery: await newKeyPair() } : {}),
  };
}

export function resumedRotation(pending: Pending): Rotation {
  return { names: pendingNames(pending), pending, resumed: true };
}

/** Everything that is wrong with values that were given; never with the value. */
export function givenProblems(
  install: Install,
  given: Readonly<Partial<Record<Rotatable, string>>>,
): Problem[] {
  const known = knownNames(install.answers);
  const forEnv = Object.fromEntries(
    SECRET_NAMES.flatMap((name) => given[name] === undefined ? [] : [[name, given[name]]]),
  ) as Partial<Record<SecretName, string>>;
  const zeros = (count: number) => new Uint8Array(count);
  const { problems } = resolveSecrets({ given: forEnv, present: {} }, zeros, known);
  const more = Object.entries(forEnv).flatMap(([name, value]): Problem[] => {
    const key = `RXDX_SECRET_${name}`;
    if (value === "") {
      return [{ key, rule: "is empty", example: "leave the line out" }];
    }
    if (value === install.secrets[name as SecretName]) {
      return [{
        key,
        rule: "is the present value",
        example: MADE_HERE.includes(name as Rotatable)
          ? "leave it out and a new one is generated"
          : "give the new one",
      }];
    }
    if (name === "POSTGRES_PASSWORD" && !isPlain(value)) {
      return [{
        key,
        rule: "must be printable ASCII, so that its verifier is the same for every client",
        example: "leave it out and a strong one is generated",
      }];
    }
    return name === "ADMIN_PASSWORD"
      ? passwordProblems(value, known).filter(({ rule }) =>
        !problems.some((each) => each.key === key && each.rule === rule)
      ).map((each) => ({ ...each, key }))
      : [];
  });
  return [...problems, ...more];
}

/**
 * The install with a new recovery key in place of the only one there is.
 *
 * @throws SetupError `several_recipients` (exit 2) where it would have to be guessed which one goes
 */
export function withRecipient(install: Install, recipient: string): Install {
  const { answers } = install;
  const { recipients } = answers.backups;
  if (recipients.length > 1) {
    throw new SetupError({
      code: "several_recipients",
      message:
        `Backups open with ${recipients.length} recovery keys; which of them goes is yours ` +
        "to say.",
      hint: "Add one: rxdx-setup backup key; then take the old one out: rxdx-setup config edit",
      exit: EXIT.usage,
    });
  }
  const changed = { ...answers, backups: { ...answers.backups, recipients: [recipient] } };
  return {
    ...install,
    answers: changed,
    provenance: new Map(install.provenance).set("backups.recipients", "flag"),
    configuration: changeDocument(install.configuration, changed),
  };
}

/**
 * An edited `.env` that is to stay gets its secrets all the same, and nothing else. One in which nothing but
 * secrets was edited needs no decision: they are in the plan already.
 *
 * @param present text on disk
 * @param kept true when it was decided earlier that the edit stays
 */
export function withSecretsInKeptEnv(
  prepared: Prepared,
  present: string | undefined,
  kept: boolean,
): Prepared {
  const edited = prepared.handEdits.some((each) => each.path === ".env");
  if (present === undefined || !edited) return prepared;
  const files = prepared.files.map((file) => {
    if (file.path !== ".env") return file;
    const free = file.handEdit === undefined &&
      (kept || withoutSecrets(present) === withoutSecrets(file.text));
    if (!free && file.handEdit?.decision !== "keep") return file;
    const text = withSecrets(withoutSecrets(present), file.text);
    return { ...file, handEdit: { decision: "merge" as const, of: sha256(present), text } };
  });
  const decided = files.some((file) => file.path === ".env" && file.handEdit !== undefined);
  const handEdits = prepared.handEdits.map((each) =>
    each.path === ".env" && decided ? { ...each, kept: true } : each
  );
  return { ...prepared, files, handEdits };
}
