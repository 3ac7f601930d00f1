/**
 * What keeps a stack presentable while it is worked on, and its disk from filling: the maintenance page with
 * all its headers, rotation of logs, the journal, logs in backups, and keys that open them.
 */
import assert from "node:assert/strict";
import { theHost } from "../../lib/host/real.ts";
import { readBackup } from "../../lib/operations/backup/read.ts";
import type { RecoveryKey } from "../support/backups.ts";
import { ask, NAME, type RawAnswer } from "../support/raw_http.ts";
import { readyAnswer } from "../support/readiness.ts";
import { must, sh, TestStack } from "../support/stack.ts";

const ONCE = [
  "content-security-policy",
  "x-content-type-options",
  "x-frame-options",
  "referrer-policy",
  "cross-origin-opener-policy",
  "cross-origin-resource-policy",
  "permissions-policy",
  "x-request-id",
  "retry-after",
];

function assertMaintenance(answer: RawAnswer, what: string): void {
  assert.equal(answer.status, 503, what);
  for (const name of ONCE) {
    assert.equal(answer.headers.get(name)?.length, 1, `${what}: ${name} exactly once`);
  }
  assert.equal(answer.headers.get("retry-after")?.[0], "60", what);
}

Deno.test("housekeeping: maintenance page, rotation, journal, logs in a backup", async (t) => {
  await using stack = new TestStack("keeping");
  const made = await stack.init(["--set", `domain=${NAME}`, "--set", "aliases="]);
  assert.equal(made.code, 0, made.text);
  const { http, https } = stack.ports;
  const container = (service: string) => `${stack.name}-${service}-1`;

  await t.step("rotation is what Docker really applies, and it holds", async () => {
    const all = ["nginx", "frontend", "backend", "postgres"].map(container);
    const configured = await must([
      "docker",
      "inspect",
      "-f",
      "{{json .HostConfig.LogConfig}}",
      ...all,
    ]);
    for (const line of configured.split("\n")) {
      assert.deepEqual(JSON.parse(line), {
        Type: "json-file",
        Config: { "max-file": "3", "max-size": "10m" },
      });
    }
    // More than three times ten megabytes, by the way that the container's own program writes.
    const line = "x".repeat(1_000);
    await must([
      ...["docker", "exec", container("frontend"), "sh", "-c"],
      `yes ${line} | head -c 45000000 > /proc/1/fd/1`,
    ]);
    const path = await must(["docker", "inspect", "-f", "{{.LogPath}}", container("frontend")]);
    const directory = path.slice(0, path.lastIndexOf("/"));
    if (Deno.uid() === 0) {
      const sizes = [...Deno.readDirSync(directory)].filter(({ name }) =>
        name.includes("-json.log")
      )
        .map(({ name }) => Deno.statSync(`${directory}/${name}`).size);
      const sum = sizes.reduce((all, each) => all + each, 0);
      console.log(`    45 MB written, ${sizes.length} files, ${(sum / 1e6).toFixed(1)} MB kept`);
      assert.ok(sizes.length === 3 && sum < 31e6 && sum > 10e6, sizes.join(" "));
    }
  });

  await t.step("a backup with logs: bounded, told in the manifest, whole", async () => {
    await must([
      ...["docker", "exec", container("backend"), "sh", "-c"],
      "echo one > /app/logs/app.log; mkdir -p '/app/logs/a b'; echo two > '/app/logs/a b/old.log'",
    ]);
    const keys: RecoveryKey[] = [];
    for (let count = 0; count < 2; count++) {
      keys.push(JSON.parse((await stack.ok(["backup", "key", "--json", "--yes"])).stdout));
    }
    const said = JSON.parse((await stack.ok(["backup", "create", "--with-logs", "--json"])).stdout);
    assert.equal(said.recipients.length, 3, "two recovery keys and this server");
    const members = new Map<string, number>();
    const texts = new Map<string, string>();
    const { manifest } = await readBackup(
      theHost(),
      said.path,
      { kind: "identities", identities: [keys[0]?.identity ?? ""] },
      said.sha256,
      {
        signal: new AbortController().signal,
        onBytes: () => undefined,
        receiver: (member) => ({
          write: (bytes) => {
            members.set(member, (members.get(member) ?? 0) + bytes.length);
            const text = texts.get(member) ?? "";
            if (text.length < 100_000) texts.set(member, text + new TextDecoder().decode(bytes));
            return Promise.resolve();
          },
          end: () => Promise.resolve(),
        }),
      },
    );
    const { logs } = manifest;
    assert.deepEqual(
      logs?.containers.map((each) => each.container),
      ["backend", "frontend", "nginx", "postgres"].map(container),
    );
    for (const each of logs?.containers ?? []) {
      assert.equal(members.get(`logs/${each.container}.log`) ?? 0, each.bytes, each.container);
      assert.ok(each.bytes < 64 * 2 ** 20 && !each.cut, each.container);
    }
    assert.ok((logs?.files ?? 0) >= 2);
    assert.equal(logs?.left_out, 0);
    assert.match(texts.get("logs.tar") ?? "", /two\n/);
    assert.match(texts.get(`logs/${container("postgres")}.log`) ?? "", /database system is ready/);
    assert.match(texts.get("README.txt") ?? "", /logs\//);
    if ((await sh(["age", "--version"])).code === 0) {
      const work = await Deno.makeTempDir();
      await Deno.writeTextFile(`${work}/key.txt`, `${keys[1]?.identity}\n`, { mode: 0o600 });
      await must([
        ...["sh", "-c", 'age -d -i "$1/key.txt" "$2" | tar -x -C "$1" && mkdir "$1/l"', "sh", work],
        said.path,
      ]);
      await must(["sh", "-c", 'cat "$1"/logs.tar.* | tar -x -C "$1/l"', "sh", work]);
      assert.equal(await Deno.readTextFile(`${work}/l/a b/old.log`), "two\n");
      await Deno.remove(work, { recursive: true });
    }
    const plain = JSON.parse((await stack.ok(["backup", "list", "--json"])).stdout);
    assert.equal(plain.backups.length, 1);
  });

  await t.step(
    "maintenance: 503 with every header once, on both ports, for everything",
    async () => {
      await stack.ok(["stop", "--maintenance", "--message", "Back at <14:00>"]);
      const get = (path: string, more = {}) => ask({ port: https, path, ...more });
      const plain = (path: string, more = {}) => ask({ port: http, tls: false, path, ...more });
      for (const [what, send] of [["HTTPS", get], ["HTTP", plain]] as const) {
        const page = await send("/some/page?x=1");
        assertMaintenance(page, `${what}: a page`);
        assert.match(page.headers.get("content-type")?.[0] ?? "", /^text\/html/);
        assert.match(page.body, /Back at &lt;14:00&gt;/);
        for (const method of ["GET", "POST", "PUT", "DELETE"]) {
          const answer = await send("/api/v1/requirements", { method, body: "{}" });
          assertMaintenance(answer, `${what}: ${method} of the API`);
          assert.match(answer.headers.get("content-type")?.[0] ?? "", /^application\/json/);
          assert.match(JSON.parse(answer.body).detail, /Back at <14:00>/);
        }
        const health = await send("/health");
        assertMaintenance(health, `${what}: health`);
        assert.deepEqual(JSON.parse(health.body), { status: "maintenance" });
        assert.equal((await send("/.maintenance/on")).status, 404, "its files are no address");
      }
      const challenge = await plain("/.well-known/acme-challenge/none");
      assert.equal(challenge.status, 404, "a certificate can be renewed meanwhile");
      assert.equal(
        (await get("/", { name: "evil.example.com" }).catch(() => ({ status: 421 }))).status,
        421,
      );
      assert.equal((await get("/", { method: "TRACE" })).status, 405);
      const status = JSON.parse((await stack.run(["status", "--json"])).stdout) as {
        problems: { code: string; message: string }[];
      };
      const told = status.problems.find(({ code }) => code === "maintenance");
      assert.match(told?.message ?? "", /stop --maintenance\): Back at <14:00>/);
      assert.match((await stack.run(["doctor", "nginx"])).stdout, /shown to everybody since/);
    },
  );

  await t.step("start ends it, also one that a kill has left; apply does too", async () => {
    const env = { RXDX_FAILPOINT: "before:maintenance-off=kill" };
    assert.equal((await stack.run(["start"], { env })).code, 137);
    assert.equal((await ask({ port: https, path: "/" })).status, 503, "until it is healthy");
    await stack.ok(["start"]);
    assert.equal((await ask({ port: https, path: "/" })).status, 200);
    for (const at of ["after:maintenance-on"]) {
      const killed = await stack.run(["stop", "--maintenance"], {
        env: { RXDX_FAILPOINT: `${at}=kill` },
      });
      assert.equal(killed.code, 137);
      await stack.ok(["apply", "--yes"]);
      const answer = await readyAnswer(() => ask({ port: https, path: "/health" }));
      assert.equal(answer.status, 200, at);
    }
    const status = JSON.parse((await stack.ok(["status", "--json"])).stdout) as {
      problems: { code: string }[];
    };
    assert.deepEqual(status.problems.filter(({ code }) => code === "maintenance"), []);
    assert.deepEqual([...Deno.readDirSync(`${stack.dir}/nginx/maintenance`)], []);
    const wrong = await stack.run(["stop", "backend", "--maintenance"]);
    assert.equal(wrong.code, 2);
  });

  await t.step(
    "the program's own files do not add up, and nothing unfinished is removed",
    async () => {
      const journal = `${stack.dir}/.rxdx/journal`;
      const unfinished = [...Deno.readDirSync(journal)].map(({ name }) => name)
        .filter((name) => !Deno.readTextFileSync(`${journal}/${name}`).includes('"run-end"'));
      assert.ok(unfinished.length >= 2, "the kills above");
      const [ended = ""] = [...Deno.readDirSync(journal)].map(({ name }) => name).sort()
        .filter((name) => !unfinished.includes(name));
      for (let count = 0; count < 60; count++) {
        const name = `20200101T0000${String(count).padStart(2, "0")}000Z-old-0000.jsonl`;
        await Deno.copyFile(`${journal}/${ended}`, `${journal}/${name}`);
      }
      await stack.ok(["apply", "--yes"]);
      const left = [...Deno.readDirSync(journal)].map(({ name }) => name);
      assert.ok(left.length <= 50 + unfinished.length, `${left.length} journals`);
      for (const name of unfinished) assert.ok(left.includes(name), name);
    },
  );
});
