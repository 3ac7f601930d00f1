/** What the stack's own files and our own looks at it say: status, checks, configuration, history. */
import { readEnv } from "../../render/env_codec.ts";
import { SECRET_VARIABLES } from "../../render/variables.ts";
import { journalDirectory } from "../../steps/journal.ts";
import { receiptPath } from "../../steps/receipt.ts";
import { ledgerPath, renewalStatePath } from "../../tls/acme/places.ts";
import { readCertificate, splitChain } from "../../tls/certificate.ts";
import { certificatePath } from "../../tls/store.ts";
import { placeholder } from "../../support/known_secret.ts";
import { namesSecret } from "../../support/patterns.ts";
import { VERSION } from "../../version.ts";
import { fileText, NotThere, outputOf, type Part, PROGRAM_MS, type SupportScene } from "./part.ts";

/** Runs whose journal is taken; each is a few kilobytes. */
const JOURNALS = 10;

/** Files of the install directory that are taken as they are, but for secrets. */
const CONFIGURATION: readonly (readonly [path: string, what: string])[] = [
  ["rxdx.yml", "the answers"],
  ["docker-compose.yml", "services, as rendered"],
  ["docker-compose.prod.yml", "services of staging and production, as rendered"],
  ["nginx/nginx.conf", "nginx in development"],
  ["nginx/nginx.prod.conf", "nginx in staging and production"],
];

const OVERRIDE = "docker-compose.override.yml";

export async function stackParts(scene: SupportScene): Promise<Part[]> {
  const { host, dir } = scene;
  const override = `${dir}/${OVERRIDE}`;
  const journals = (await host.files.list(journalDirectory(dir)).catch(() => []))
    .filter((name) => name.endsWith(".jsonl")).slice(-JOURNALS);
  const audits = (await host.files.list(`${dir}/.rxdx`).catch(() => []))
    .filter((name) => /^audit.*\.jsonl$/.test(name));
  const there = async (path: string) =>
    await host.files.stat(path).catch(() => undefined) !== undefined;
  const optional = async (part: Part, from: string): Promise<Part[]> =>
    await there(from) ? [part] : [];
  const file = (path: string, from: string, what: string): Part => ({
    path,
    what,
    collect: async () => ({ text: await fileText(host, from) }),
  });
  return [
    {
      path: "status.json",
      what: "state of the stack, as `rxdx-setup status --json`",
      collect: async () => ({ json: await scene.collectStatus() }),
    },
    {
      path: "doctor.json",
      what: "every check with its remedy, as `rxdx-setup doctor --json`",
      collect: async () => ({ json: await scene.collectDoctor() }),
    },
    { path: "versions.json", what: "versions of everything involved", collect: versions(scene) },
    ...CONFIGURATION.map(([path, what]) => file(`configuration/${path}`, `${dir}/${path}`, what)),
    ...await optional(
      file(`configuration/${OVERRIDE}`, override, "the operator's own additions"),
      override,
    ),
    {
      path: "configuration/env.txt",
      what: "names of the variables in .env, and the values of those that are no secrets",
      collect: async () => ({ text: envText(await fileText(host, `${dir}/.env`)) }),
    },
    {
      path: "configuration/compose-config.json",
      what: "what Compose makes of it: docker compose config",
      collect: async (signal) => {
        if (await host.files.stat(`${dir}/docker-compose.yml`) === undefined) {
          throw new NotThere(`there is no ${dir}/docker-compose.yml`);
        }
        const argv = ["docker", "compose", "config", "--format", "json"];
        return { json: JSON.parse(await outputOf(host, argv, { signal, cwd: dir })) };
      },
    },
    {
      path: "configuration/files.txt",
      what: "files of the install directory: mode, owner, size, time",
      collect: async () => ({ text: await listing(scene) }),
    },
    file("history/receipt.json", receiptPath(dir), "what was installed, with hashes"),
    file("history/images.lock.json", `${dir}/.rxdx/images.lock`, "images that were resolved"),
    ...audits.map((name) => file(`history/${name}`, `${dir}/.rxdx/${name}`, "who did what when")),
    ...journals.map((name) =>
      file(`history/journal/${name}`, `${journalDirectory(dir)}/${name}`, "steps of one run")
    ),
    {
      path: "tls/certificates.json",
      what: "names, dates and issuers of the certificates; no key",
      collect: async () => {
        const chain = splitChain(await fileText(host, certificatePath(dir))).map(readCertificate);
        return { json: chain };
      },
    },
    ...await optional(
      file("tls/renewal.json", renewalStatePath(dir), "the last order and the next"),
      renewalStatePath(dir),
    ),
    ...await optional(
      file("tls/orders.jsonl", ledgerPath(dir), "every order that was sent to an authority"),
      ledgerPath(dir),
    ),
  ];
}

function versions({ host, dir }: SupportScene): Part["collect"] {
  return async (signal) => {
    const said = async (argv: readonly string[]) => {
      const ran = await host.process.run(argv, { signal, timeoutMs: PROGRAM_MS });
      return ran.code === 0 ? ran.stdout.trim() : null;
    };
    const text = (path: string) => host.files.readText(path).catch(() => undefined);
    const release = readEnv(await text("/etc/os-release") ?? "");
    const [docker, compose] = await Promise.all([
      said(["docker", "version", "--format", "{{json .}}"]),
      said(["docker", "compose", "version", "--short"]),
    ]);
    return {
      json: {
        "rxdx-setup": VERSION,
        docker: docker === null ? null : JSON.parse(docker),
        compose,
        kernel: await said(["uname", "-srvm"]),
        system: release.get("PRETTY_NAME") ?? null,
        arch: host.system.arch,
        dir,
        root: host.system.uid === 0,
      },
    };
  };
}

/** A secret by its name goes whole, whatever its value is: `1` as well. */
export function envText(text: string): string {
  return [...readEnv(text)].map(([name, value]) => {
    const secret = SECRET_VARIABLES.has(name) || namesSecret(name);
    return `${name}=${secret && value !== "" ? placeholder(name) : value}\n`;
  }).join("");
}

/** Two levels are enough to see a wrong owner; the database is not among them. */
async function listing({ host, dir }: SupportScene): Promise<string> {
  if (await host.files.stat(dir) === undefined) throw new NotThere(`there is no ${dir}`);
  const lines: string[] = [];
  const visit = async (path: string, depth: number): Promise<void> => {
    for (const name of await host.files.list(`${dir}${path}`)) {
      const at = `${path}/${name}`;
      const info = await host.files.stat(`${dir}${at}`).catch(() => undefined);
      if (info === undefined) continue;
      const mode = info.mode.toString(8).padStart(4, "0");
      lines.push(
        `${mode} ${info.uid}:${info.gid} ${String(info.size).padStart(10)} ` +
          `${info.modified.toISOString()} ${info.kind} ${at.slice(1)}`,
      );
      if (info.kind === "directory" && depth < 3) await visit(at, depth + 1);
    }
  };
  await visit("", 0);
  return lines.join("\n") + "\n";
}
