/** The database's password: a verifier goes there, never the password; what was there comes back. */
import assert from "node:assert/strict";
import { BESIDE_POSTGRES, withDatabase } from "../../../tests/support/fake_database.ts";
import { type Call, REST } from "../../../tests/support/fake_host_process.ts";
import { CANARIES, samplePlan } from "../../../tests/support/samples.ts";
import { isVerifierOf, scramVerifier } from "../../secrets/scram.ts";
import type { Step } from "../../steps/step.ts";
import { knowsPassword, loginStep, roleStep } from "./role.ts";

const PSQL = [...BESIDE_POSTGRES, "psql", REST] as const;
const LOGIN = [...BESIDE_POSTGRES, "sh", REST] as const;
const signal = new AbortController().signal;
const run = (step: Step) =>
  step.run({ detail: () => undefined, services: () => undefined }, signal);
const NEW = CANARIES.POSTGRES_PASSWORD;
const OLD_VERIFIER = scramVerifier("the-former-password", new Uint8Array(16).fill(7));

function given(calls: readonly Call[]): string {
  return calls.map(({ argv, options }) => `${argv.join(" ")} ${options.stdin ?? ""}`).join("\n");
}

Deno.test("the server gets a verifier of the password, with its log switched off, and no password", () =>
  withDatabase(async (host) => {
    const step = roleStep(host, samplePlan(), NEW);
    host.process.expect(PSQL, `${OLD_VERIFIER}\n`);
    assert.equal(await step.isDone(), false);
    host.process.expect(PSQL, `${OLD_VERIFIER}\n`).expect(PSQL);
    await run(step);
    const said = given(host.process.calls);
    assert.ok(!said.includes(NEW));
    const sql = String(host.process.calls.at(-1)?.options.stdin);
    assert.match(sql, /^SET log_statement = 'none';/);
    const [, verifier = ""] = /ALTER ROLE :"role" PASSWORD '([^']+)';/.exec(sql) ?? [];
    assert.equal(isVerifierOf(verifier, NEW), true);
    host.process.expect(PSQL, `${verifier}\n`);
    assert.equal(await step.isDone(), true, "it is not set a second time");
  }));

Deno.test("undone: the database has the very verifier that it had", () =>
  withDatabase(async (host) => {
    for (const former of [OLD_VERIFIER, "md5a8b5f1b4c4b8d5e6f7a8b9c0d1e2f3a4", ""]) {
      const step = roleStep(host, samplePlan(), NEW);
      host.process.expect(PSQL, `${former}\n`).expect(PSQL).expect(PSQL);
      await run(step);
      await step.undo?.();
      const sql = String(host.process.calls.at(-1)?.options.stdin);
      const wanted = former === "" ? "PASSWORD NULL;" : `PASSWORD '${former}';`;
      assert.ok(sql.includes(wanted), sql);
    }
  }));

Deno.test("a step that did not run takes nothing back", () =>
  withDatabase(async (host) => {
    await roleStep(host, samplePlan(), NEW).undo?.();
    assert.equal(host.process.calls.length, 0);
  }));

Deno.test("whether a password holds is computed, and asked where it cannot be", () =>
  withDatabase(async (host) => {
    host.process.expect(PSQL, `${OLD_VERIFIER}\n`, 2);
    assert.equal(await knowsPassword(host, samplePlan(), "the-former-password"), true);
    assert.equal(await knowsPassword(host, samplePlan(), "another"), false);
    host.process.expect(PSQL, `${OLD_VERIFIER}\n`).expect(LOGIN, "1\n");
    assert.equal(await knowsPassword(host, samplePlan(), "Größe-größer"), true);
    assert.ok(!host.process.calls.at(-1)?.argv.join(" ").includes("Größe"));
    assert.equal(await knowsPassword(host, samplePlan(), ""), false);
  }));

Deno.test("a login that is refused is told without the password", () =>
  withDatabase(async (host) => {
    const step = loginStep(host, samplePlan(), NEW);
    host.process.expect(LOGIN, {
      code: 2,
      stderr: `psql: error: no pg_hba.conf entry for "${NEW}"\n`,
    });
    await assert.rejects(run(step), (error: Error) => {
      assert.match(error.message, /new password: psql: error: no pg_hba/);
      assert.ok(!error.message.includes(NEW));
      return true;
    });
    const [call] = host.process.calls;
    assert.ok(!call?.argv.join(" ").includes(NEW));
    assert.equal(call?.options.stdin, `${NEW}\n`);
  }));
