/**
 * A support bundle of a real stack with a canary in every secret, put into its logs in every encoding:
 * nothing of them is in the archive, by a search of this test's own. Then: a preview writes nothing, the
 * size limit holds, and a machine without Docker or without an install still gets a bundle.
 */
import assert from "node:assert/strict";
import { writeAssignment } from "../../lib/render/env_codec.ts";
import { must, PROGRAM, sh, TestStack } from "../support/stack.ts";

const CANARIES: Readonly<Record<string, string>> = {
  POSTGRES_PASSWORD: "Canary-1 $x${Y}'q\"\\ü🔑 .*+?^()[]|end",
  ADMIN_PASSWORD: "canary2/pass+word=&%41<b>;`id`#",
  SECRET_KEY: "canary3-0123456789abcdef0123456789abcdef",
  SMTP_PASSWORD: "cänary4: {json} \\n",
  IMAP_PASSWORD: "canary5__imap~tilde",
  REGISTRY_PASSWORD: "canary6'reg'istry''",
  ACME_EAB_KEY: "Y2FuYXJ5Ny1lYWIta2V5LW9mLXRoZS10ZXN0",
};
const WEBHOOK = "https://hooks.example.com/services/T0CANARY8/B0canary8/canary8canary8";

const utf8 = (value: string) => new TextEncoder().encode(value);
const base64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));
const json = (value: string) => JSON.stringify(value).slice(1, -1);
const ascii = (text: string) =>
  text.replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** Spellings that the log gets, and that are searched for afterwards. */
function spellingsOf(value: string): string[] {
  return [
    value,
    json(value),
    json(json(value)),
    ascii(json(value)),
    encodeURIComponent(value),
    new URLSearchParams({ v: value }).toString().slice(2),
    value.replaceAll("$", "$$$$"),
    writeAssignment("X", value).slice(2),
    utf8(value).toHex(),
    base64(utf8(value)),
    base64(utf8(`:${value}`)),
    base64(utf8(`u:${value}`)),
    base64(utf8(JSON.stringify({ user: "rxdx", password: value }))),
    base64(utf8(`ab${value}`)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""),
    `postgresql://rxdx:${encodeURIComponent(value)}@postgres:5432/rxdx`,
  ];
}

/** Base64 that does not depend on its neighbours, of the part in the middle. */
function cores(value: string): string[] {
  return [0, 1, 2].flatMap((shift) => {
    const whole = base64(utf8("x".repeat(shift) + value)).replaceAll("=", "");
    const core = whole.slice(4, -4);
    return core.length < 8 ? [] : [core, core.replaceAll("+", "-").replaceAll("/", "_")];
  });
}

interface Unpacked {
  readonly files: ReadonlyMap<string, string>;
  readonly manifest: {
    readonly files: readonly { path: string; size: number; sha256: string; cut?: string }[];
    readonly not_collected: readonly { path: string; why: string }[];
    readonly redaction: { readonly total: number; readonly by_name_only: readonly string[] };
  };
}

/** By the machine's own tar, as whoever receives it would. */
async function unpack(archive: string): Promise<Unpacked> {
  const dir = await Deno.makeTempDir();
  try {
    await must(["tar", "-xzf", archive, "-C", dir]);
    const paths = (await must(["find", dir, "-type", "f"])).split("\n");
    const files = new Map(
      await Promise.all(
        paths.map(async (path) =>
          [
            path.slice(dir.length + 1).replace(/^[^/]+\//, ""),
            await Deno.readTextFile(path),
          ] as const
        ),
      ),
    );
    const manifest = JSON.parse(files.get("manifest.json") ?? "") as Unpacked["manifest"];
    return { files, manifest };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

function assertNoCanary({ files }: Unpacked): void {
  for (const [path, text] of files) {
    for (const [name, value] of Object.entries({ ...CANARIES, WEBHOOK })) {
      for (const each of [...spellingsOf(value), ...cores(value)]) {
        assert.ok(!text.includes(each), `${path} holds ${name} as ${each}`);
      }
    }
    assert.doesNotMatch(text, /canary\d|c(?:ä|\\u00e4)nary/i, path);
    assert.doesNotMatch(text, /PRIVATE KEY/, path);
  }
}

async function sha256(text: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(text))).toHex();
}

Deno.test("a support bundle of a stack whose every secret stands in its logs", async (t) => {
  await using stack = new TestStack("support");
  const { settings } = stack;
  assert.ok(settings);
  const built = await stack.init(["--no-start", "--set", `alerts.webhook=${WEBHOOK}`], {
    env: Object.fromEntries(
      Object.entries(CANARIES).map(([name, value]) => [`RXDX_SECRET_${name}`, value]),
    ),
  });
  assert.equal(built.code, 0, built.text);
  const compose = (...args: string[]) => must(["docker", "compose", ...args], { cwd: stack.dir });
  await compose("up", "--detach", "frontend", "postgres");
  const lines = Object.entries({ ...CANARIES, WEBHOOK }).flatMap(([name, value]) => [
    ...spellingsOf(value).map((each, index) =>
      `canary line ${name} ${index}: <${each}> glued${each}x`
    ),
    `203.0.113.${name.length} mail from visitor.${name.toLowerCase()}@example.net ${name}=${value}`,
  ]);
  const long = `${lines.join("\n")}\n`;
  const key = "-----BEGIN " + "PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\n-----END " +
    "PRIVATE KEY-----\n";
  // A container of the same project, as `docker compose run` makes them, prints what it is given.
  const talker = `${stack.name}-talker`;
  const image = await must([
    "docker",
    "inspect",
    "--format",
    "{{.Image}}",
    `${stack.name}-frontend-1`,
  ]);
  await must([
    "docker",
    "create",
    "--interactive",
    "--name",
    talker,
    "--label",
    `com.docker.compose.project=${stack.name}`,
    "--label",
    "com.docker.compose.service=talker",
    "--env",
    "OLD_API_TOKEN=canary9-former-token",
    "--entrypoint",
    "cat",
    image,
  ]);
  try {
    const said = await sh(["docker", "start", "--attach", "--interactive", talker], {
      stdin: long + key + "Authorization: Bearer canary9.bearer.token\n",
    });
    assert.equal(said.code, 0, said.text);
    const cwd = await Deno.makeTempDir();

    await t.step("a preview writes nothing", async () => {
      const ran = await stack.ok(["support-bundle", "--preview"], { cwd });
      assert.match(ran.stdout, /nothing was written/);
      assert.match(ran.stdout, /logs\/.*-talker\.log +\S+ \S+ +\d+ redactions/);
      assert.deepEqual([...Deno.readDirSync(cwd)], []);
    });

    await t.step("no canary is in it, in any form", async () => {
      const ran = await stack.ok(["support-bundle"], { cwd });
      const [entry] = [...Deno.readDirSync(cwd)];
      assert.match(
        entry?.name ?? "",
        new RegExp(`^rxdx-support-${stack.name}-\\d{8}T\\d{6}Z\\.tar\\.gz$`),
      );
      const path = `${cwd}/${entry?.name}`;
      assert.equal((Deno.statSync(path).mode ?? 0) & 0o7777, 0o600);
      assert.ok(ran.stdout.includes(`tar -tzf ${path}`), ran.stdout);
      const bundle = await unpack(path);
      assertNoCanary(bundle);
      assertNoCanary({
        files: new Map([["what was printed", ran.text]]),
        manifest: bundle.manifest,
      });
      const log = bundle.files.get(`logs/${talker}.log`) ?? "";
      assert.equal(
        log.match(/canary line/g)?.length,
        lines.length - Object.keys(CANARIES).length - 1,
      );
      assert.match(log, /\[ip4-\d+\] mail from \[email-\d+\]/);
      assert.doesNotMatch(log, /203\.0\.113|example\.net/);
      for (
        const path of [
          "status.json",
          "doctor.json",
          "versions.json",
          "configuration/rxdx.yml",
          "configuration/env.txt",
          "configuration/docker-compose.yml",
          "configuration/compose-config.json",
          "configuration/nginx/nginx.conf",
          "history/receipt.json",
          "docker/networks.json",
          "docker/images.json",
          "docker/volumes.json",
          `docker/containers/${stack.name}-postgres-1.json`,
          `logs/${stack.name}-postgres-1.log`,
          "host/machine.json",
          "tls/certificates.json",
        ]
      ) assert.ok((bundle.files.get(path) ?? "").length > 10, `${path} is missing: ${ran.stdout}`);
      assert.match(
        bundle.files.get("configuration/env.txt") ?? "",
        /^SECRET_KEY=\[redacted:SECRET_KEY\]$/m,
      );
      assert.match(bundle.files.get("configuration/env.txt") ?? "", /^POSTGRES_USER=rxdx$/m);
      for (const { path, size, sha256: hash } of bundle.manifest.files) {
        const text = bundle.files.get(path) ?? "";
        assert.deepEqual([utf8(text).length, await sha256(text)], [size, hash], path);
      }
      const again = await stack.run(["support-bundle", "--output", path]);
      assert.equal(again.code, 2, again.text);
      await Deno.remove(path);
    });

    await t.step("the size limit holds; the oldest lines go first", async () => {
      await must(["docker", "rm", "--force", talker]);
      await must([
        "docker",
        "create",
        "--name",
        talker,
        "--label",
        `com.docker.compose.project=${stack.name}`,
        "--label",
        "com.docker.compose.service=talker",
        "--entrypoint",
        "sh",
        image,
        "-c",
        "seq 1 20000 | awk 'BEGIN{srand(7)}{print \"line\", $1, rand(), rand(), rand(), rand(), rand()}'",
      ]);
      await must(["docker", "start", "--attach", talker]);
      const path = `${cwd}/small.tar.gz`;
      await stack.ok(["support-bundle", "--output", path, "--max-size", "96k", "--lines", "20000"]);
      assert.ok(Deno.statSync(path).size <= 96 * 1024);
      const { files, manifest } = await unpack(path);
      const log = files.get(`logs/${talker}.log`) ?? "";
      assert.match(log, /line 20000 /);
      assert.doesNotMatch(log, /line 1 /);
      const told = manifest.files.find((each) => each.path === `logs/${talker}.log`);
      assert.match(told?.cut ?? "", /^the newest \d+ of 20000 lines/);
    });

    await t.step("a daemon that does not answer leaves parts out, and is told", async () => {
      const path = `${cwd}/down.tar.gz`;
      await stack.ok(["support-bundle", "--output", path], {
        env: { DOCKER_HOST: `unix://${cwd}/nobody.sock` },
      });
      const bundle = await unpack(path);
      assertNoCanary(bundle);
      assert.ok(bundle.files.has("configuration/rxdx.yml"));
      const why = bundle.manifest.not_collected.map((each) => `${each.path}: ${each.why}`).join(
        "\n",
      );
      assert.match(why, /logs\/: Docker does not answer/);
    });

    await t.step("where nothing is installed there is still a bundle of the machine", async () => {
      const path = `${cwd}/nothing.tar.gz`;
      const ran = await sh([
        PROGRAM,
        "support-bundle",
        "--output",
        path,
        "--dir",
        `${cwd}/nothing`,
        "--json",
      ]);
      assert.equal(ran.code, 0, ran.text);
      const { files, manifest } = await unpack(path);
      assert.ok(files.has("host/machine.json"));
      assert.ok(manifest.not_collected.some(({ path }) => path === "configuration/rxdx.yml"));
    });
    await Deno.remove(cwd, { recursive: true });
  } finally {
    await sh(["docker", "rm", "--force", talker]);
  }
});
