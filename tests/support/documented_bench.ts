/**
 * The place where documented command lines are typed: a directory with the files that the guides speak
 * of, programs that stand for the reader's, directories that stand for the reader's absolute paths, and
 * the stack that `/opt/rxdx` means.
 */
import { makeCheckout } from "./checkout.ts";
import type { Run } from "./documented_tables.ts";
import { Issuer } from "./issuer.ts";
import { must, PROGRAM, type Ran, ROOT, type TestStack } from "./stack.ts";

/** Of the guides: the stack's domain. */
export const DOMAIN = "rxdx.example.com";

/** A password that would be taken, from a password manager that is none. */
const PASS = "#!/bin/sh\necho Zm9y-dGhl-bWFpbGJveA-docs\n";
const SUDO = '#!/bin/sh\nexec "$@"\n';

/** Answers as the guide to a production server has them. */
const ANSWERS = `schema: 1
environment: production
domain: ${DOMAIN}
admin: { email: ops@example.com }
images: { source: registry, registry: registry.example.com/rxdx, tag: 1.2.0 }
tls: { mode: letsencrypt, accept_terms: true, email: ops@example.com }
email: { host: smtp.example.com, user: rxdx, from: rxdx@example.com }
alerts: { email: [ops@example.com, qa@example.com] }
`;

export class Bench {
  readonly work: string;
  readonly root: string;
  readonly #home: string;
  readonly #bin: string;
  #fresh = 0;
  readonly #typed = new Map<string, Promise<Ran>>();

  private constructor(
    readonly stack: TestStack,
    readonly drill: TestStack,
    readonly rescue: string,
    readonly postgresImage: string,
  ) {
    const place = stack.place;
    this.work = `${place}/work`;
    this.root = `${place}/root`;
    this.#home = `${place}/home`;
    this.#bin = `${place}/bin`;
  }

  /** @param drill whose name and ports a second stack may use */
  static async make(stack: TestStack, drill: TestStack, postgresImage: string): Promise<Bench> {
    const bench = new Bench(stack, drill, `${stack.name}-rescue`, postgresImage);
    await bench.#furnish();
    return bench;
  }

  async #furnish(): Promise<void> {
    const { work, root } = this;
    const home = this.#home;
    const bin = this.#bin;
    for (
      const dir of [
        ...[work, bin, `${home}/.config/rclone`, `${home}/remote`],
        ...["srv", "mnt/nas/rxdx", "media/usb", "root/.ssh", "tmp", "dev/shm", "usr/local/bin"],
        ...["usr/local/share/man/man1", "usr/local/share/zsh/site-functions"],
        ...["etc/bash_completion.d", "etc/fish/completions"],
      ].map((dir) => dir.startsWith("/") ? dir : `${root}/${dir}`)
    ) await Deno.mkdir(dir, { recursive: true, mode: 0o700 });
    await Deno.symlink(PROGRAM, `${bin}/rxdx-setup`);
    await Deno.writeTextFile(`${bin}/pass`, PASS, { mode: 0o755 });
    await Deno.writeTextFile(`${bin}/sudo`, SUDO, { mode: 0o755 });
    await Deno.writeTextFile(
      `${home}/.curlrc`,
      `insecure\nconnect-to = "${DOMAIN}:443:127.0.0.1:${this.stack.ports.https}"\n`,
    );
    await Deno.writeTextFile(
      `${home}/.config/rclone/rclone.conf`,
      `[b2]\ntype = alias\nremote = ${home}/remote\n`,
      { mode: 0o600 },
    );
    const secret = (path: string, text: string) => Deno.writeTextFile(path, text, { mode: 0o600 });
    await secret(`${work}/pass.txt`, "a correct horse of the docs 7\n");
    await secret(`${root}/root/passphrase`, "a correct horse of the docs 7\n");
    await secret(`${work}/new.env`, "SMTP_PASSWORD=new-for-mail-1\nIMAP_PASSWORD=new-for-box-1\n");
    await secret(`${root}/root/.ssh/id_rxdx`, "");
    await secret(`${root}/root/.ssh/known_hosts_rxdx`, "");
    await Deno.writeTextFile(`${work}/answers.yml`, ANSWERS);
    await makeCheckout(`${root}/srv/RxDx`);
    await this.#certificates();
  }

  /** Under every name that a guide gives them. */
  async #certificates(): Promise<void> {
    const { work } = this;
    const issuer = await Issuer.make(`${work}/ca`);
    const { cert, key } = await issuer.issue([DOMAIN]);
    const read = (path: string) => Deno.readTextFile(path);
    const chain = await read(`${issuer.place}/inter.pem`);
    const full = await read(cert) + chain;
    for (const name of ["fullchain.pem", "cert.pem", "rxdx.pem"]) {
      await Deno.writeTextFile(`${work}/${name}`, full);
    }
    await Deno.writeTextFile(`${work}/server.crt`, await read(cert));
    await Deno.writeTextFile(`${work}/intermediate.crt`, chain);
    for (const name of ["privkey.pem", "key.pem", "rxdx.key", "server.key"]) {
      await Deno.writeTextFile(`${work}/${name}`, await read(key), { mode: 0o600 });
    }
    await issuer.convert(
      `pkcs12 -export -in ${cert} -inkey ${key} -certfile @/inter.pem ` +
        `-passout file:${work}/pass.txt -out ${work}/server.p12`,
    );
  }

  /** Backups of the stack, the oldest first; that one stands for all that the guides name. */
  #backups(): string[] {
    return [...Deno.readDirSync(`${this.stack.dir}/backups`)].map(({ name }) => name)
      .filter((name) => name.endsWith(".tar.age")).sort()
      .map((name) => name.replace(/\.tar\.age$/, ""));
  }

  /** What is typed here for a documented line. */
  spell(run: Run): string {
    const { stack, drill, root } = this;
    let text = run.line ?? run.arrange ?? "";
    for (const [from, to] of Object.entries(run.replace ?? {})) text = text.replaceAll(from, to);
    // A flag with its value; `-` begins the next one.
    for (const [word = "", flag = ""] of (run.add ?? "").matchAll(/(--[a-z-]+)(?: [^-\s]\S*)?/g)) {
      if (run.line !== undefined && !text.includes(`${flag} `) && !text.endsWith(flag)) {
        text += ` ${word}`;
      }
    }
    const tokens: Readonly<Record<string, () => string>> = {
      backup: () => this.#backups()[0] ?? "none",
      drill: () => drill.name,
      drillhttp: () => String(drill.ports.http),
      drillhttps: () => String(drill.ports.https),
      fresh: () => `${root}/srv/fresh-${++this.#fresh}`,
      http: () => String(stack.ports.http),
      https: () => String(stack.ports.https),
      name: () => stack.name,
      newest: () => this.#backups().at(-1) ?? "none",
      postgresimage: () => this.postgresImage,
      rescue: () => this.rescue,
      settings: () => this.#settings(),
      work: () => this.work,
    };
    return text.replaceAll(
      /(?<=^|[\s=>"'])\/(usr\/local|etc\/bash|etc\/fish|srv|mnt|media|root|dev\/shm|tmp\b)/g,
      `${root}/$1`,
    )
      .replaceAll("/opt/rxdx", stack.dir)
      .replaceAll("rxdx-20260314T020000Z", "{backup}")
      .replaceAll(/\{([a-z]+)\}/g, (whole, token: string) => tokens[token]?.() ?? whole);
  }

  /** What keeps the stack apart from every other, as variables of whoever types `sh install.sh`. */
  #settings(): string {
    const pairs = [
      ...this.stack.settings(),
      `domain=${DOMAIN}`,
      "email.user=rxdx",
      "imap.user=rxdx",
    ]
      .filter((each) => each !== "--set").map((each) => each.split("="));
    return pairs.map(([key = "", value]) =>
      `RXDX_${key.toUpperCase().replaceAll(".", "_")}=${value}`
    ).join(" ");
  }

  /** Types it, but not twice: `admin reset-password EMAIL` is somebody's command already. */
  type(run: Run): Promise<Ran> {
    if (run.line === undefined || run.line.startsWith("rxdx-setup init")) return this.#type(run);
    const key = JSON.stringify([this.spell(run), run.at, run.until?.source]);
    const known = this.#typed.get(key) ?? this.#type(run);
    this.#typed.set(key, known);
    return known;
  }

  /** Types it; ends what never ends by itself when enough is seen. */
  async #type(run: Run): Promise<Ran> {
    const at = run.at === "stack"
      ? this.stack.dir
      : run.at === "repository"
      ? ROOT
      : `${this.work}/${run.at ?? "."}`;
    const child = new Deno.Command("setsid", {
      // A process group of its own, so that a pipe ends as a whole.
      args: ["bash", "-o", "pipefail", "-c", this.spell(run)],
      cwd: at,
      env: {
        HOME: this.#home,
        MANPAGER: "cat",
        NO_COLOR: "1",
        PATH: `${this.#bin}:${Deno.env.get("PATH") ?? ""}`,
        RXDX_DIR: this.stack.dir,
        TERM: "xterm-256color",
      },
      stdin: run.stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    if (run.stdin !== undefined) {
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(run.stdin)).catch(() => undefined);
      await writer.close().catch(() => undefined);
    }
    let enough = false;
    const read = async (stream: ReadableStream<Uint8Array>, until?: RegExp) => {
      let text = "";
      for await (
        const chunk of stream.pipeThrough(
          new TextDecoderStream() as TransformStream<Uint8Array, string>,
        )
      ) {
        text += chunk;
        if (until === undefined || enough || !until.test(text)) continue;
        enough = true;
        await must(["kill", "-TERM", "--", `-${child.pid}`]);
      }
      return text;
    };
    const [stdout, stderr, { code }] = await Promise.all([
      read(child.stdout, run.until),
      read(child.stderr),
      child.status,
    ]);
    return { code: enough ? 0 : code, stdout, stderr, text: stdout + stderr };
  }
}
