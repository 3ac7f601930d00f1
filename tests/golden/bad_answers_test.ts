/**
 * Wrong answers files, as people write them, through the whole program: exit 3, every wrong field named
 * with its rule, no trace, and not one byte written.
 */
import assert from "node:assert/strict";
import { run } from "../../lib/cli/app.ts";
import { EXIT } from "../../lib/errors.ts";
import { machineOf } from "../support/fake_host_machine.ts";
import { MIB } from "../support/samples.ts";
import { ACROSS } from "./bad_answers/across.ts";
import type { Case } from "./bad_answers/case.ts";
import { ADDRESSES } from "./bad_answers/addresses.ts";
import { GENERAL } from "./bad_answers/general.ts";
import { VALUES } from "./bad_answers/values.ts";

const CASES: readonly Case[] = [...GENERAL, ...ADDRESSES, ...VALUES, ...ACROSS];

Deno.test(`there are ${CASES.length} curated wrong answers, at least 220`, () => {
  assert.ok(CASES.length >= 220);
  assert.equal(new Set(CASES.map((each) => each.yaml)).size, CASES.length);
});

async function init(yaml: string, ...flags: readonly string[]) {
  const { host } = machineOf();
  host.files.put("/root/answers.yml", yaml);
  const code = await run(["init", "--yes", "--answers", "/root/answers.yml", ...flags], host);
  host.verify();
  return { code, host, ...host.terminal };
}

for (const { title, yaml, keys, says } of CASES) {
  Deno.test(`wrong answers: ${title}`, async () => {
    const asText = await init(yaml);
    assert.equal(asText.code, EXIT.answers, asText.host.terminal.stderr);
    const { stderr, stdout } = asText.host.terminal;
    assert.equal(stdout, "");
    assert.match(stderr, /^✗ \d+ problems? in .*; nothing was written\.\n/);
    for (const key of keys) {
      assert.ok(
        stderr.split("\n").some((line) => line.trimStart().replace("/root/", "").startsWith(key)),
        `names ${key}:\n${stderr}`,
      );
    }
    if (says !== undefined) assert.match(stderr, says);
    assert.doesNotMatch(stderr, /\n\s+at |\.ts:\d+|Error:/, "no trace");
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(stderr, /[\x00-\x09\x0b-\x1f]/, "nothing that moves the cursor");
    assert.deepEqual(asText.host.files.mutations, [], "not one byte is written");

    const asJson = await init(yaml, "--json");
    assert.equal(asJson.code, EXIT.answers);
    const { error } = JSON.parse(asJson.host.terminal.stderr);
    assert.equal(error.exit, EXIT.answers);
    const named = error.problems.map((problem: { key: string }) =>
      problem.key.replace("/root/", "")
    );
    for (const key of keys) {
      assert.ok(named.some((each: string) => each.startsWith(key)), `${key} in ${named.join()}`);
    }
    for (const problem of error.problems) assert.ok(problem.rule.length > 5);
    assert.deepEqual(asJson.host.files.mutations, []);
  });
}

Deno.test("the same mistakes on the command line and in the environment are exit 3 as well", async () => {
  for (
    const [argv, env] of [
      [["--set", "domain=https://x"], {}],
      [["--set", "ports.https=x"], {}],
      [["--env", "prod"], {}],
      [[], { RXDX_DOMAIN: "https://x" }],
      [[], { RXDX_PORTS_HTTPS: "0" }],
      [[], { RXDX_SECRET_SECRET_KEY: "short" }],
      [[], { RXDX_SECRET_POSTGRES_PASSWORD: "" }],
    ] as const
  ) {
    const { host } = machineOf({}, { env: { ...env } });
    const code = await run(["init", "--yes", "--demo", ...argv], host);
    assert.equal(code, EXIT.answers, host.terminal.stderr);
    assert.deepEqual(host.files.mutations, []);
  }
});

Deno.test("a machine that is too small is told like a wrong answer", async () => {
  const { host } = machineOf({ memoryBytes: 700 * MIB });
  assert.equal(await run(["init", "--yes", "--demo"], host), EXIT.answers);
  assert.match(host.terminal.stderr, /700M of memory less 512M for the host leaves 188M/);
  assert.deepEqual(host.files.mutations, []);
});
