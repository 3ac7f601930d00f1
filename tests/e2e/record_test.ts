/**
 * The record of changes and the qualification record on a real stack: a run, a kill, an edit of the
 * record; the report in its three forms with Docker and without it, and no secret in any of them.
 */
import assert from "node:assert/strict";
import { asDescribed } from "../support/as_described.ts";
import { sh, TestStack } from "../support/stack.ts";

const CANARIES = {
  RXDX_SECRET_POSTGRES_PASSWORD: "canary'postgres\"4f2a 91c7&<x>",
  RXDX_SECRET_SMTP_PASSWORD: "canary|smtp*19e8aa42",
  RXDX_SECRET_ADMIN_PASSWORD: "canary-admin-77b0c3d1",
};
const WEBHOOK = "https://hooks.example.com/services/canaryT0KEN/canaryB1";

interface Verified {
  readonly ok: boolean;
  readonly head: string;
  readonly findings: readonly { readonly line: number | null; readonly kind: string }[];
}

interface Run {
  readonly command: string;
  readonly result: string;
  readonly argv: readonly string[];
  readonly facts: Readonly<Record<string, string>>;
}

Deno.test("record and report of a real stack", async (t) => {
  await using stack = new TestStack("record");
  const path = `${stack.dir}/.rxdx/audit.jsonl`;
  const verified = async (...more: string[]) => {
    const ran = await stack.run(["audit", "verify", "--json", ...more]);
    return { ...JSON.parse(ran.stdout) as Verified, code: ran.code };
  };
  const runs = async () => {
    const shown = await stack.ok(["audit", "show", "--json"]);
    return (JSON.parse(shown.stdout) as { runs: Run[] }).runs;
  };

  await t.step("init is recorded; a second one that changes nothing is not", async () => {
    const webhook = ["--set", `alerts.webhook=${WEBHOOK}`];
    const ran = await stack.init(webhook, { env: CANARIES });
    assert.equal(ran.code, 0, ran.text);
    const before = await Deno.readTextFile(path);
    await stack.ok(["apply", "--yes"]);
    assert.equal(await Deno.readTextFile(path), before);
    assert.doesNotMatch(before, /canary/);
    assert.equal((await Deno.stat(path)).mode, 0o100600);
    const [, init] = await runs();
    assert.equal(init?.command, "init");
    assert.equal(init?.result, "ok");
    assert.match(init?.facts["plan"] ?? "", /^[0-9a-f]{64}$/);
  });

  await t.step("a killed run is called interrupted by the next one", async () => {
    await stack.ok(["config", "set", "nginx.max_body=33m"]);
    const planned = await stack.run(["plan"]);
    const { plan } = JSON.parse((await stack.run(["plan", "--json"])).stdout) as { plan: string };
    assert.ok(planned.stdout.endsWith(`Plan\n  ${plan}\n`), planned.stdout);
    const killed = await stack.run(["apply", "--yes"], {
      env: { RXDX_FAILPOINT: "after:write-files=kill" },
    });
    assert.equal(killed.code, 137, killed.text);
    await stack.ok(["apply", "--yes"]);
    assert.deepEqual((await runs()).slice(1).map((each) => `${each.command} ${each.result}`), [
      "init ok",
      "config set ok",
      "apply interrupted",
      "apply ok",
    ]);
    assert.equal((await runs()).at(-1)?.facts["plan"], plan, "what was agreed to is what was done");
    assert.equal((await verified()).ok, true);
  });

  await t.step("100 edits of the record, 100 found", async () => {
    const whole = await Deno.readTextFile(path);
    let found = 0;
    for (let edit = 0; edit < 100; edit++) {
      const at = Math.floor((whole.length - 1) * edit / 100);
      const other = whole[at] === "0" ? "1" : "0";
      await Deno.writeTextFile(path, whole.slice(0, at) + other + whole.slice(at + 1));
      // Every tenth through the executable, the others by the same code in this process.
      const found1 = edit % 10 === 0 ? (await verified()).code === 6 : !await isWhole(stack.dir);
      if (found1) found++;
    }
    await Deno.writeTextFile(path, whole);
    assert.equal(found, 100);
    console.log(`    100 edited bytes, ${found} of 100 found`);
    const { head } = await verified();
    const lines = whole.trimEnd().split("\n");
    await Deno.writeTextFile(path, lines.slice(0, -2).join("\n") + "\n");
    const cut = await verified();
    assert.deepEqual([cut.code, cut.findings.map((each) => each.kind)], [6, ["lost"]]);
    await Deno.writeTextFile(path, whole);
    assert.equal((await verified("--against", head)).code, 0);
  });

  await t.step("the report in three forms: complete, and no secret in it", async () => {
    const paths = ["md", "json", "html"].map((form) => `${stack.dir}/../three.${form}`);
    await stack.ok(["report", ...paths.flatMap((path) => ["--output", path])]);
    const texts = await Promise.all(paths.map((path) => Deno.readTextFile(path)));
    const [, json = "{}"] = texts;
    const report = asDescribed<{
      document: { number: string; sha256: string };
      stack: { state: string };
      images: { installed: string; running: string[] }[];
      files: { path: string; state: string }[];
      ports: { published: string[] }[];
      audit: { ok: boolean };
    }>("report --format json", json);
    assert.equal(report.audit.ok, true);
    const { number, sha256 } = report.document;
    assert.ok(texts.every((text) => text.includes(number) && text.includes(sha256)));
    assert.ok(report.images.every((each) => each.running.join() === each.installed));
    assert.ok(
      report.ports.every((each) => each.published.length > 0),
      JSON.stringify(report.ports),
    );
    assert.deepEqual(report.files.filter((each) => each.state !== "as written"), []);
    assert.equal(hits(stack, texts), 0);
    console.log("    0 secrets in 3 forms");
  });

  await t.step("without Docker it says what it could not see", async () => {
    const env = { DOCKER_HOST: "unix:///nowhere/docker.sock" };
    const output = `${stack.dir}/../iq.html`;
    const ran = await stack.ok(["report", "--output", output], { env });
    assert.match(ran.stdout, /deviations, listed first/);
    const html = await Deno.readTextFile(output);
    assert.match(html, /<td>not checked<\/td><td>Docker<\/td>/);
    assert.equal(hits(stack, [html]), 0);
    assert.equal((await stack.run(["report", "--output", output], { env })).code, 2);
  });

  await t.step("a full disk: nothing is changed without its record", async (step) => {
    if (Deno.uid() !== 0) {
      await step.step({ name: "needs root", ignore: true, fn: () => undefined });
      return;
    }
    const state = `${stack.dir}/.rxdx`;
    const small = await Deno.makeTempDir();
    await sh(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", small]);
    try {
      await sh(["cp", "-a", `${state}/.`, small]);
      await sh(["mount", "--bind", small, state]);
      await sh(["dd", "if=/dev/zero", `of=${small}/filler`, "bs=1024"]);
      const before = await Deno.readTextFile(`${stack.dir}/rxdx.yml`);
      const ran = await stack.run(["config", "set", "nginx.max_body=44m"]);
      assert.equal(ran.code, 5, ran.text);
      assert.match(ran.stderr, /No space left|space/i);
      assert.equal(await Deno.readTextFile(`${stack.dir}/rxdx.yml`), before);
      await Deno.remove(`${small}/filler`);
      await stack.ok(["config", "set", "nginx.max_body=44m"]);
      assert.equal((await verified()).ok, true);
    } finally {
      await sh(["umount", state]);
      await sh(["umount", small]);
      await Deno.remove(small);
    }
  });
});

async function isWhole(dir: string): Promise<boolean> {
  const { readAudit } = await import("../../lib/audit/store.ts");
  const { theHost } = await import("../../lib/host/real.ts");
  return (await readAudit(theHost(), dir)).ok;
}

/** Secrets of the stack, in the spellings that a form could have given them. */
function hits(stack: TestStack, texts: readonly string[]): number {
  const env = stack.env();
  const secrets = [...Object.values(CANARIES), env.get("SECRET_KEY") ?? "", "canaryT0KEN"];
  const escaped = (text: string) =>
    text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;").replaceAll("'", "&#39;");
  return secrets.filter((each) => each !== "").flatMap((secret) => [
    secret,
    escaped(secret),
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    btoa(secret).replace(/=+$/, ""),
    secret.replace(/[\\`*_{}[\]<>|#~&]/g, (mark) => `\\${mark}`),
  ]).filter((form) => texts.some((text) => text.includes(form))).length +
    texts.filter((text) => text.includes("canary")).length;
}
