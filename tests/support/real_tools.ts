/**
 * The real programs that judge what is rendered: Docker Compose and nginx. Tests that need one which is
 * not there are ignored, visibly, with the reason in their name.
 */
import { Engine } from "../../lib/engine/client.ts";
import { atLeast, COMPOSE_FLOOR } from "../../lib/engine/requirements.ts";
import { theHost } from "../../lib/host/real.ts";
import type { CommandResult } from "../../lib/host/types.ts";
import type { RenderedFile } from "../../lib/render/file.ts";
import { VARIABLES } from "../../lib/render/variables.ts";
import { selfSigned } from "../../lib/tls/self_signed.ts";

const host = theHost();

async function composeVersion(): Promise<string | undefined> {
  const found = await host.process.run(["docker", "compose", "version", "--short"]);
  return found.code === 0 ? found.stdout.trim() : undefined;
}

const version = await composeVersion();

/** Why Compose cannot be asked, or `undefined` when it can. It needs no engine to read files. */
export const NO_COMPOSE: string | undefined = version === undefined
  ? "docker compose is not installed"
  : atLeast(version, COMPOSE_FLOOR)
  ? undefined
  : `docker compose ${version} is too old`;

/** Runs `docker compose config` in a directory, without variables of the surroundings. */
export function composeConfig(dir: string, ...options: readonly string[]): Promise<CommandResult> {
  return host.process.run(["docker", "compose", "config", ...options], {
    cwd: dir,
    unset: [...VARIABLES.map((variable) => variable.name), "COMPOSE_PROFILES", "COMPOSE_ENV_FILES"],
  });
}

/** A directory with these files in it, removed after the body. */
export async function withFiles<T>(
  files: readonly Pick<RenderedFile, "path" | "text" | "mode">[],
  body: (dir: string) => Promise<T>,
): Promise<T> {
  const dir = await Deno.makeTempDir({ prefix: "rxdx-rendered-" });
  try {
    for (const { path, text, mode } of files) {
      const full = `${dir}/${path}`;
      await host.files.mkdir(full.slice(0, full.lastIndexOf("/")), 0o755);
      await host.files.writeAtomic(full, text, { mode });
    }
    return await body(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** The nginx that is as near as can be to the one that will run: built by the demo, or its base. */
async function nginxImage(): Promise<string | undefined> {
  if (!await new Engine(host).ping()) return undefined;
  const found = await host.process.run([
    "docker",
    "images",
    "--format",
    "{{.Repository}}:{{.Tag}}",
    "--filter",
    "dangling=false",
  ]);
  const names = found.stdout.split("\n");
  // Newest first, as Docker lists them.
  return names.find((name) => name.startsWith("rxdx-demo/nginx:")) ??
    names.find((name) => name === "rxdx-demo/base-forky:dev");
}

export const NGINX_IMAGE: string | undefined = await nginxImage();

/** Why nginx cannot be asked, or `undefined` when it can. */
export const NO_NGINX: string | undefined = NGINX_IMAGE === undefined
  ? "no engine, or no image of nginx (rxdx-demo/nginx)"
  : undefined;

/** Has nginx test configurations, all in one container: name → what it said, empty when it passed. */
export async function nginxComplaints(
  configurations: ReadonlyMap<string, string>,
): Promise<Map<string, string>> {
  const pair = await selfSigned({
    names: ["rxdx.example.com"],
    now: new Date(),
    serial: host.random.bytes(16),
  });
  const names = [...configurations.keys()];
  const files = [
    ...names.map((name, index) => ({
      path: `c${index}.conf`,
      text: configurations.get(name) ?? "",
      mode: 0o644,
    })),
    { path: "ssl/cert.pem", text: pair.certificate, mode: 0o644 },
    { path: "ssl/key.pem", text: pair.key, mode: 0o644 },
    { path: "ssl/live/hsts.map", text: 'https "max-age=86400";\n', mode: 0o644 },
  ];
  return await withFiles(files, async (dir) => {
    await Deno.chmod(dir, 0o755);
    const ran = await host.process.run([
      "docker",
      "run",
      "--rm",
      "--network=none",
      "--read-only",
      "--tmpfs=/tmp",
      "--cap-drop=ALL",
      "--user=101:101",
      `--volume=${dir}:/etc/nginx/rxdx:ro`,
      "--entrypoint=sh",
      NGINX_IMAGE ?? "",
      "-c",
      'for f in /etc/nginx/rxdx/c*.conf; do echo "== ${f##*/}"; ' +
      'nginx -e stderr -t -q -c "$f" 2>&1 || echo FAILED; done',
    ]);
    if (ran.code !== 0) throw new Error(`nginx could not be asked: ${ran.stderr}`);
    const said = new Map<string, string>();
    for (const part of ran.stdout.split(/^== /m).slice(1)) {
      const [first = "", ...lines] = part.split("\n");
      const index = Number(/^c(\d+)\.conf/.exec(first)?.[1]);
      said.set(names[index] ?? first, lines.join("\n").trim());
    }
    return said;
  });
}
