/**
 * A stack of its own for an end-to-end test: the built executable, a directory, a project name and
 * ports that nobody else has. Whatever the test does, `[Symbol.asyncDispose]` removes it.
 */
import assert from "node:assert/strict";
import { type Service, SERVICES } from "../../lib/engine/compose.ts";
import { demoImage } from "../../lib/images/demo.ts";
import { SCRATCH_LABEL } from "../../lib/operations/backup/sources.ts";
import { freePort } from "./ports.ts";
import { readyAnswer } from "./readiness.ts";

export { freePort };

/** This repository. */
export const ROOT: string = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

/** The executable under test; `RXDX_SETUP` names another one. */
export const PROGRAM: string = Deno.env.get("RXDX_SETUP") ?? `${ROOT}/dist/rxdx-setup`;

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, for messages and searches. */
  readonly text: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
}

/** Runs any program to its end. */
export async function sh(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const child = new Deno.Command(argv[0] ?? "", {
    args: argv.slice(1),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...options.env },
    stdin: options.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (options.stdin !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(options.stdin));
    await writer.close();
  }
  const { code, stdout, stderr } = await child.output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return {
    code,
    stdout: decode(stdout),
    stderr: decode(stderr),
    text: decode(stdout) + decode(stderr),
  };
}

/** Runs a program that must succeed; returns its trimmed standard output. */
export async function must(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const ran = await sh(argv, options);
  assert.equal(ran.code, 0, `${argv.join(" ")} ended with ${ran.code}:\n${ran.text}`);
  return ran.stdout.trim();
}

let serial = 0;

/** Of curl: "a problem was detected in the HTTP2 framing layer". */
const CURLE_HTTP2 = 16;

/** How Docker lists each kind of thing that a stack leaves, and how it removes it. */
const KINDS = {
  containers: { list: ["ps", "--all"], remove: ["rm", "--force", "--volumes"] },
  volumes: { list: ["volume", "ls"], remove: ["volume", "rm"] },
  networks: { list: ["network", "ls"], remove: ["network", "rm"] },
} as const;

export class TestStack implements AsyncDisposable {
  readonly name: string;
  readonly dir: string;
  readonly ports = {
    http: freePort(),
    https: freePort(),
    backend: freePort(),
    frontend: freePort(),
    postgres: freePort(),
  };

  /** A directory that all of it lies in, and whatever the test puts beside it. */
  readonly place: string;

  constructor(label: string) {
    this.name = `rxdxtest-${label}-${Deno.pid}-${++serial}`;
    this.place = Deno.makeTempDirSync({ prefix: `${this.name}-` });
    this.dir = `${this.place}/stack`;
  }

  get url(): string {
    return `https://127.0.0.1:${this.ports.https}`;
  }

  /** The settings that keep this stack apart from every other. */
  settings(): string[] {
    const ports = Object.entries(this.ports).flatMap(([key, port]) => [
      "--set",
      `ports.${key}=${port}`,
    ]);
    // Small, so that several fit beside each other on any machine that runs the tests.
    const small = ["--set", "resources.preset=small", "--set", "resources.backend.workers=1"];
    return ["--set", `name=${this.name}`, ...small, ...ports];
  }

  /** Runs the program on this directory. */
  run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
    return sh([PROGRAM, ...args, "--dir", this.dir], options);
  }

  /** Runs the program; it must succeed. */
  async ok(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
    const ran = await this.run(args, options);
    assert.equal(ran.code, 0, `${args.join(" ")} ended with ${ran.code}:\n${ran.text}`);
    return ran;
  }

  init(more: readonly string[] = [], options: RunOptions = {}): Promise<Ran> {
    return this.run(["init", "--demo", "--yes", ...this.settings(), ...more], options);
  }

  /** Starts the program and lets it run. */
  spawn(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    launcher: readonly string[] = [],
  ): Deno.ChildProcess {
    const [program = PROGRAM, ...words] = [...launcher, PROGRAM];
    return new Deno.Command(program, {
      args: [...words, ...args, "--dir", this.dir],
      env: { ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  /** Values of the present `.env`; tests of the codec itself stand elsewhere. */
  env(): Map<string, string> {
    const text = Deno.readTextFileSync(`${this.dir}/.env`);
    return new Map(
      [...text.matchAll(/^([A-Z_]+)="?(.*?)"?$/gm)].map((
        match,
      ) => [match[1] ?? "", match[2] ?? ""]),
    );
  }

  secrets(): string[] {
    const env = this.env();
    return ["POSTGRES_PASSWORD", "SECRET_KEY", "ADMIN_PASSWORD"].map((name) => env.get(name) ?? "");
  }

  /** Service → `id started-at` of its containers. */
  async containers(): Promise<Map<string, string>> {
    const ids = (await must([
      "docker",
      "ps",
      "--all",
      "--quiet",
      "--no-trunc",
      "--filter",
      `label=com.docker.compose.project=${this.name}`,
    ])).split("\n").filter((id) => id !== "");
    if (ids.length === 0) return new Map();
    const text = await must([
      "docker",
      "inspect",
      "--format",
      '{{index .Config.Labels "com.docker.compose.service"}} {{.Id}} {{.State.StartedAt}}',
      ...ids,
    ]);
    return new Map(
      text.split("\n").sort().map((line) => {
        const [service = "", ...rest] = line.split(" ");
        return [service, rest.join(" ")];
      }),
    );
  }

  /** HTTPS through nginx; the certificate is our own, so it is not verified here. */
  async request(
    path: string,
    options: { body?: unknown; token?: string } = {},
  ): Promise<{ status: number; body: string }> {
    const argv = ["curl", "-sk", "-m", "20", "-w", "\n%{http_code}", `${this.url}${path}`];
    // The token and the body go by standard input: no test puts a secret on a command line.
    const config: string[] = [];
    if (options.token !== undefined) {
      config.push(`header = "Authorization: Bearer ${options.token}"`);
    }
    if (options.body !== undefined) {
      const data = JSON.stringify(options.body).replaceAll("\\", "\\\\").replaceAll('"', '\\"');
      config.push('header = "Content-Type: application/json"', `data = "${data}"`);
    }
    const ask = () => sh([...argv, "-K", "-"], { stdin: config.join("\n") + "\n" });
    let ran = await ask();
    // While nginx reads its configuration anew, its old worker says goodbye (GOAWAY) to a connection of HTTP/2 that
    // has not asked for anything yet. A browser asks again (RFC 9113, 6.8: nothing was done); curl does not.
    if (ran.code === CURLE_HTTP2) ran = await ask();
    const lines = ran.stdout.split("\n");
    const status = Number(lines.pop());
    return { status, body: lines.join("\n") };
  }

  /** The same for an address whose 200 says that the stack is ready; see {@link readyAnswer}. */
  ready(path = "/health"): Promise<{ status: number; body: string }> {
    return readyAnswer(() => this.request(path));
  }

  /** Logs the administrator in. */
  async login(): Promise<string> {
    const env = this.env();
    const answer = await this.request("/api/v1/auth/login", {
      body: { email: env.get("ADMIN_EMAIL"), password: env.get("ADMIN_PASSWORD") },
    });
    assert.equal(answer.status, 200, answer.body);
    return (JSON.parse(answer.body) as { access_token: string }).access_token;
  }

  /** Removes what carries this stack's name under that label, in this order. */
  async #removeByLabel(label: string, kinds: readonly (keyof typeof KINDS)[]): Promise<void> {
    const filter = ["--filter", `label=${label}=${this.name}`];
    for (const { list, remove } of kinds.map((kind) => KINDS[kind])) {
      const { stdout } = await sh(["docker", ...list, "--quiet", ...filter]);
      const ids = stdout.split("\n").filter((id) => id !== "");
      if (ids.length > 0) await sh(["docker", ...remove, ...ids]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What is left of a proof or a helper that was killed is part of no project, and may hold a volume of this one.
    await this.#removeByLabel(SCRATCH_LABEL, ["containers", "networks"]);
    const down = await sh([
      "docker",
      "compose",
      "--project-name",
      this.name,
      "down",
      "--volumes",
      "--timeout",
      "2",
    ]);
    if (down.code !== 0) {
      // Compose (2.26) refuses to take a project down by its name when one of its containers is missing.
      await this.#removeByLabel("com.docker.compose.project", [
        "containers",
        "volumes",
        "networks",
      ]);
    }
    // Where this machine has cron or systemd, the stack had a timer.
    for (
      const path of ["tls", "alerts", "backup"].flatMap((topic) => [
        `/etc/cron.d/${this.name}-${topic}`,
        `/etc/systemd/system/${this.name}-${topic}.timer`,
        `/etc/systemd/system/${this.name}-${topic}.service`,
      ])
    ) await Deno.remove(path).catch(() => undefined);
    await Deno.remove(this.place, { recursive: true });
  }
}

/**
 * Containers that are never started, one for each demo image: Docker then refuses to remove the
 * images, and an uninstall in one test does not make the next one build them again.
 */
export async function holdImages(names = /^rxdx-demo\//): Promise<AsyncDisposable> {
  const images = (await must(["docker", "images", "--format", "{{.Repository}}:{{.Tag}}"]))
    .split("\n").filter((name) => names.test(name));
  const ids: string[] = [];
  for (const image of images) ids.push(await must(["docker", "create", image, "true"]));
  return {
    async [Symbol.asyncDispose]() {
      if (ids.length > 0) await must(["docker", "rm", "--volumes", ...ids]);
    },
  };
}

/** The demo image of each service in production, built where they are not there yet. */
export async function productionImages(): Promise<Map<Service, string>> {
  const images = new Map(
    SERVICES.map((service) => [service, demoImage(service, "production").tag]),
  );
  const there = new Set(
    (await must(["docker", "images", "--format", "{{.Repository}}:{{.Tag}}"])).split("\n"),
  );
  if ([...images.values()].every((name) => there.has(name))) return images;
  const stack = new TestStack("images");
  const ran = await stack.init();
  assert.equal(ran.code, 0, ran.text);
  // Containers and files go, the images stay.
  await stack[Symbol.asyncDispose]();
  return images;
}
