/** Rows of other versions of the application: what is there is told, what is not is null. */
import assert from "node:assert/strict";
import { BESIDE_POSTGRES, withDatabase } from "../../../tests/support/fake_database.ts";
import { REST } from "../../../tests/support/fake_host_process.ts";
import { samplePlan } from "../../../tests/support/samples.ts";
import { Secret } from "../../plan/secret.ts";
import { accountOf, administrators, findAccount } from "./read.ts";
import { removeAccountStep, resetPasswordStep } from "./steps.ts";

const NOW = new Date("2026-03-14T10:00:00Z");
const PSQL = [...BESIDE_POSTGRES, "psql", REST] as const;
const signal = new AbortController().signal;
const report = { detail: () => undefined, services: () => undefined };

Deno.test("an account from its row", () => {
  const account = accountOf({
    email: "admin@example.com",
    full_name: "Admin User",
    role: "admin",
    is_active: true,
    failed_login_attempts: 3,
    locked_until: "2026-03-14T10:30:00+00:00",
    created_at: "2026-01-02T03:04:05.678+00:00",
  }, NOW);
  assert.equal(account.seeded, true);
  assert.equal(account.locked_until, "2026-03-14T10:30:00.000Z");
  assert.equal(account.last_login, null);
  const past = { email: "a@example.org", locked_until: "2026-03-14T09:00:00+00:00" };
  assert.equal(accountOf(past, NOW).locked_until, null, "a lock that is over is none");
  assert.equal(
    accountOf({ email: "a", last_login: "2026-03-01T00:00:00Z" }, NOW).last_login,
    "2026-03-01T00:00:00.000Z",
  );
});

Deno.test("who can administer: active, in whatever case the role is kept", () => {
  const rows = [
    { email: "a@x.org", role: "ADMIN", is_active: true },
    { email: "b@x.org", role: "admin", is_active: false },
    { email: "c@x.org", role: "user", is_active: true },
  ].map((row) => accountOf(row, NOW));
  assert.deepEqual(administrators(rows).map((each) => each.email), ["a@x.org"]);
});

Deno.test("found in any case; hashes are never asked for", () =>
  withDatabase(async (host) => {
    host.process.expect(PSQL, '[{"email":"Ops@x.org","role":"admin"}]\n');
    assert.equal((await findAccount(host, samplePlan(), "ops@x.org"))?.email, "Ops@x.org");
    assert.match(String(host.process.calls[0]?.options.stdin), /- ARRAY\['hashed_password'/);
  }));

Deno.test("a password goes by standard input, and what fails does not quote it", () =>
  withDatabase(async (host) => {
    const secret = "Wolke-Kranich-71-Fjord";
    const step = resetPasswordStep(host, samplePlan(), {
      email: "ops@x.org",
      password: new Secret(secret),
      activate: false,
    });
    host.process.expect(["docker", "compose", "exec", "-T", "backend", "python", REST], {
      code: 1,
      stderr: `Traceback\nValueError: ${secret} is not good\n`,
    });
    await assert.rejects(step.run(report, signal), (error: Error) => {
      assert.match(error.message, /could not be set: ValueError: \*{8} is not good/);
      return true;
    });
    const [call] = host.process.calls;
    assert.ok(!call?.argv.join(" ").includes(secret));
    assert.equal(
      (JSON.parse(String(call?.options.stdin)) as { password: string }).password,
      secret,
    );
  }));

Deno.test("removal tells what became of it", () =>
  withDatabase(async (host) => {
    const told: string[] = [];
    const step = () => removeAccountStep(host, samplePlan(), "a@x.org", (what) => told.push(what));
    host.process.expect(PSQL, "deleted\n").expect(PSQL, "deactivated\n")
      .expect(PSQL, "last-admin\n").expect(PSQL, "missing\n");
    await step().run(report, signal);
    await step().run(report, signal);
    await assert.rejects(step().run(report, signal), /only account that can administer/);
    await assert.rejects(step().run(report, signal), /no account/);
    assert.deepEqual(told, ["deleted", "deactivated"]);
  }));
