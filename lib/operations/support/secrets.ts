/**
 * Every secret value that this machine knows of the stack, so that none of them goes out. Read from
 * wherever the stack itself has them, older copies included; private keys are left alone: nobody opens
 * them, and what is never read cannot be sent.
 */
import type { Install } from "../install.ts";
import type { Engine } from "../../engine/client.ts";
import type { Host } from "../../host/types.ts";
import { MASK } from "../../plan/secret.ts";
import { readEnv } from "../../render/env_codec.ts";
import { parsePending } from "../../secrets/rotation.ts";
import { SECRET_VARIABLES } from "../../render/variables.ts";
import { distinct, type KnownSecret } from "../../support/known_secret.ts";
import { HARMLESS, namesSecret } from "../../support/patterns.ts";

/** Former `.env` files, one a directory, which keep former passwords. */
const REPLACED = ".rxdx/replaced";

/** Milliseconds that the daemon may take to say what containers were given. */
const INSPECT_MS = 10_000;

export interface Known {
  readonly secrets: readonly KnownSecret[];
  /** Words that are in every bundle of this stack. */
  readonly names: ReadonlySet<string>;
}

export async function knownSecrets(
  host: Host,
  engine: Engine,
  of: { readonly dir: string; readonly project: string; readonly install: Install | undefined },
): Promise<Known> {
  const { dir, project, install } = of;
  const found: KnownSecret[] = [];
  const variables = new Map<string, string>();
  const former = await host.files.list(`${dir}/${REPLACED}`).catch(() => []);
  for (const path of [".env", ...former.map((each) => `${REPLACED}/${each}/.env`)]) {
    const text = await host.files.readText(`${dir}/${path}`).catch(() => undefined);
    for (const [name, value] of readEnv(text ?? "")) {
      found.push(...ofVariable(name, value));
      if (!variables.has(name)) variables.set(name, value);
    }
  }
  for (const [name, value] of Object.entries(host.env)) found.push(...ofVariable(name, value));
  for (const [name, value] of await givenToContainers(host, engine, project)) {
    found.push(...ofVariable(name, value));
  }
  found.push(...await backupKeys(host, dir));
  found.push(...await rotatedSecrets(host, dir));
  const webhook = install?.answers.alerts.webhook ?? "";
  if (webhook !== "") found.push(...ofWebhook(webhook));
  found.push(...await registryLogins(host));
  const names = [
    project,
    ...["POSTGRES_USER", "POSTGRES_DB", "AGE_GRAPH_NAME", "SMTP_USER", "IMAP_USER", "ADMIN_EMAIL"]
      .map((name) => variables.get(name) ?? ""),
    ...(install === undefined ? [] : [install.answers.domain, ...install.answers.aliases]),
    host.system.hostname(),
  ];
  return {
    secrets: distinct(found),
    names: new Set(
      names.filter((name) => name !== "").flatMap((name) => [name, name.toLowerCase()]),
    ),
  };
}

/** A rotation that was interrupted has left new values beside the former ones. */
async function rotatedSecrets(host: Host, dir: string): Promise<KnownSecret[]> {
  const text = await host.files.readText(`${dir}/.rxdx/rotation.json`).catch(() => undefined);
  const { values = {}, former = {} } = parsePending(text ?? "") ?? {};
  return [...Object.entries(values), ...Object.entries(former)]
    .flatMap(([name, value]) => ofVariable(name, value));
}

/** Nothing of a bundle quotes it; whoever has it opens every backup. */
async function backupKeys(host: Host, dir: string): Promise<KnownSecret[]> {
  const text = await host.files.readText(`${dir}/.rxdx/backup.key`).catch(() => undefined);
  const keys = text?.match(/AGE-SECRET-KEY-1[0-9A-Z]+/g) ?? [];
  return keys.map((value) => ({ name: "backup.key", value }));
}

/** The value of a variable that is secret by its name, and what any other carries as a login. */
function ofVariable(name: string, value: string): KnownSecret[] {
  if (value === "" || value === MASK || name === "PWD" || name === "OLDPWD") return [];
  const short = name.replace(/^RXDX_SECRET_/, "");
  const secret = SECRET_VARIABLES.has(short) || namesSecret(name) || /_DSN$/.test(name);
  const whole = secret && !HARMLESS.test(value) ? [{ name: short, value }] : [];
  return [...urlLogins(short, value), ...whole];
}

/** Passwords of addresses, as they are written and as they are meant. */
function urlLogins(name: string, text: string): KnownSecret[] {
  return [...text.matchAll(/[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:([^\s/@]+)@/gi)].flatMap((match) => {
    const [, written = ""] = match;
    const values = [written];
    try {
      values.push(decodeURIComponent(written));
    } catch {
      // Not percent-encoded: it is what it is.
    }
    return values.map((value) => ({ name: `${name}-password`, value }));
  });
}

/** Who has the address may post as this stack: the address itself is the secret. */
function ofWebhook(address: string): KnownSecret[] {
  const secrets = [{ name: "alerts.webhook", value: address }];
  const path = address.replace(/^https?:\/\/[^/]*\/?/, "");
  return path.length < 8 ? secrets : [...secrets, { name: "alerts.webhook", value: path }];
}

/** Variables of the containers: they may still run with a password that `.env` no longer has. */
async function givenToContainers(
  host: Host,
  engine: Engine,
  project: string,
): Promise<(readonly [string, string])[]> {
  const containers = await engine.containers(project).catch(() => []);
  if (containers.length === 0) return [];
  const format = "{{json .Config.Env}}";
  const ids = containers.map((each) => each.Id);
  const ran = await host.process.run(["docker", "inspect", "--format", format, ...ids], {
    timeoutMs: INSPECT_MS,
  });
  return ran.stdout.split("\n").filter((line) => line.startsWith("[")).flatMap((line) =>
    (JSON.parse(line) as string[]).map((each) => {
      const cut = each.indexOf("=");
      return [each.slice(0, cut), each.slice(cut + 1)] as const;
    })
  );
}

/** What `docker login` keeps: user and password together, as base64. */
async function registryLogins(host: Host): Promise<KnownSecret[]> {
  const home = host.env["DOCKER_CONFIG"] ?? `${host.env["HOME"] ?? "/root"}/.docker`;
  const text = await host.files.readText(`${home}/config.json`).catch(() => undefined);
  try {
    const { auths = {} } = JSON.parse(text ?? "{}") as {
      auths?: Record<string, { auth?: string; identitytoken?: string } | null>;
    };
    return Object.values(auths).flatMap((login) => {
      const auth = login?.auth ?? "";
      const [, ...password] = auth === "" ? [] : atob(auth).split(":");
      return [
        { name: "registry-login", value: password.join(":") },
        { name: "registry-login", value: login?.identitytoken ?? "" },
        { name: "registry-login", value: auth },
      ];
    });
  } catch {
    return [];
  }
}
