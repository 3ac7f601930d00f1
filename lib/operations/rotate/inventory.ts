/** Every secret that the stack has, with everything that may be said of it. Behind `secrets list` and `doctor`. */
import type { Host } from "../../host/types.ts";
import { type Kept, ROLES, ROTATABLE, type Rotatable } from "../../secrets/rotation.ts";
import type { SecretName } from "../../secrets/secrets.ts";
import { strengthOf } from "../../secrets/strength.ts";
import { serverKeyPath } from "../backup/keys.ts";
import type { Install } from "../install.ts";
import { knownNames } from "../prepare.ts";
import { certificatePlan } from "../tls/scene.ts";
import { terminatesTls } from "../tls/wanted.ts";
import { readDates } from "./pending.ts";

export interface SecretInfo {
  readonly name: string;
  /** File that holds it, relative to the install directory. */
  readonly where: string;
  readonly used_by: readonly string[];
  readonly set: boolean;
  /** ISO 8601: since when it has this value; `null` where nobody knows. */
  readonly since: string | null;
  readonly since_from: "install" | "rotation" | "file" | null;
  readonly age_days: number | null;
  /** Of what people choose; `null` for keys. */
  readonly strength: "weak" | "fair" | "strong" | null;
  /** `password`, `key`. */
  readonly kind: "password" | "key";
  /** What a new value ends. */
  readonly ends: string;
  /** The command that gives it a new value. */
  readonly rotate: string;
}

const DAY_MS = 86_400_000;

/** Made by the install itself, so it cannot be younger, and is older only where it was brought along. */
const OF_THE_INSTALL: readonly SecretName[] = ["POSTGRES_PASSWORD", "SECRET_KEY", "ADMIN_PASSWORD"];

export async function secretInventory(host: Host, install: Install): Promise<SecretInfo[]> {
  const { dir, answers, secrets, receipt } = install;
  const dates = await readDates(host, dir);
  const names = knownNames(answers);
  const now = host.clock.now().getTime();
  const infoOf = (
    of: Pick<SecretInfo, "name" | "where" | "used_by" | "set" | "kind" | "ends" | "rotate"> & {
      readonly since?: string | undefined;
      readonly from?: SecretInfo["since_from"];
      readonly strength?: SecretInfo["strength"];
    },
  ): SecretInfo => {
    const { since, from = null, strength = null, name, where, used_by, set, kind, ends, rotate } =
      of;
    const known = set ? since ?? null : null;
    return {
      name,
      where,
      used_by,
      set,
      since: known,
      since_from: known === null ? null : from,
      age_days: known === null ? null : Math.max(0, Math.floor((now - Date.parse(known)) / DAY_MS)),
      strength,
      kind,
      ends,
      rotate,
    };
  };
  const common = (name: Rotatable) => ({
    name,
    used_by: ROLES[name].usedBy,
    ends: ROLES[name].ends,
    rotate: `rxdx-setup secrets rotate ${name}`,
  });
  const inEnv = ROTATABLE.filter((name): name is SecretName & Kept =>
    name !== "BACKUP_KEY" && name !== "BACKUP_RECIPIENT"
  ).map((name) => {
    const value = secrets[name] ?? "";
    const rotated = dates[name];
    const installed = OF_THE_INSTALL.includes(name) ? receipt?.createdAt : undefined;
    return infoOf({
      ...common(name),
      where: ".env",
      set: value !== "",
      since: rotated ?? installed,
      from: rotated !== undefined ? "rotation" : "install",
      strength: value === "" ? null : strengthOf(value, names).verdict,
      kind: "password",
    });
  });
  const key = await host.files.readText(serverKeyPath(dir)).catch(() => undefined);
  const made = /^# created: (\S+)$/m.exec(key ?? "")?.[1];
  const { recipients } = answers.backups;
  const certificate = await certificatePlan(host, install);
  const tls = terminatesTls(certificate)
    ? await host.files.stat(`${dir}/nginx/ssl/live`).catch(() => undefined)
    : undefined;
  return [
    ...inEnv,
    infoOf({
      ...common("BACKUP_KEY"),
      where: ".rxdx/backup.key",
      set: key !== undefined,
      since: made,
      from: "file",
      kind: "key",
    }),
    infoOf({
      ...common("BACKUP_RECIPIENT"),
      where: recipients.length > 0 ? "kept elsewhere by you" : "nowhere",
      set: recipients.length > 0,
      since: dates.BACKUP_RECIPIENT,
      from: "rotation",
      kind: "key",
    }),
    infoOf({
      name: "TLS_KEY",
      where: "nginx/ssl/key.pem",
      used_by: ["nginx"],
      set: tls !== undefined,
      since: tls?.modified.toISOString(),
      from: "file",
      kind: "key",
      ends: "nothing: nginx reloads while it serves",
      rotate: answers.tls.mode === "files" ? "rxdx-setup tls import" : "rxdx-setup tls renew",
    }),
  ];
}
