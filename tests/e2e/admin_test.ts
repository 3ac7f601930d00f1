/** Accounts on a real stack: made, locked and opened, seeded ones found and removed, no password anywhere. */
import assert from "node:assert/strict";
import { holdImages, must, sh, TestStack } from "../support/stack.ts";

const FIRST = "Wolke-Kranich-71-Fjord";
const SECOND = "Ahorn+Trichter=58%Moos";

interface Listed {
  readonly email: string;
  readonly role: string;
  readonly active: boolean;
  readonly seeded: boolean;
  readonly locked_until: string | null;
}

Deno.test("accounts of the application", async (t) => {
  await using stack = new TestStack("admin");
  await using _held = await holdImages();
  const ran = await stack.init(["--set", "nginx.rate_limits.auth=1000r/m"]);
  assert.equal(ran.code, 0, ran.text);
  const admin = stack.env().get("ADMIN_EMAIL") ?? "";
  const login = async (email: string, password: string) =>
    (await stack.request("/api/v1/auth/login", { body: { email, password } })).status;
  const list = async () =>
    (JSON.parse((await stack.ok(["admin", "list", "--json"])).stdout) as {
      accounts: readonly Listed[];
    }).accounts;

  await t.step("created by the application's own service, and able to log in", async () => {
    await stack.ok(["admin", "create", "Ops@example.com", "--password-stdin"], {
      stdin: `${FIRST}\n`,
    });
    assert.equal(await login("ops@example.com", FIRST), 200);
    assert.deepEqual(
      (await list()).map(({ email, role, seeded }) => ({ email, role, seeded })),
      [
        { email: admin, role: "admin", seeded: false },
        { email: "ops@example.com", role: "admin", seeded: false },
      ].sort((a, b) => a.email < b.email ? -1 : 1),
    );
    const again = await stack.run(["admin", "create", "ops@example.com", "--generate"]);
    assert.equal(again.code, 2);
    assert.match(again.stderr, /There is an account ops@example\.com already/);
  });

  await t.step("a reset opens what was locked", async () => {
    for (let attempt = 0; attempt < 3; attempt++) await login("ops@example.com", "wrong");
    assert.equal(await login("ops@example.com", FIRST), 423);
    assert.match((await stack.ok(["admin", "list"])).stdout, /ops@example\.com .*locked until/);
    const reset = await stack.ok(
      ["admin", "reset-password", "ops@example.com", "--password-stdin"],
      {
        stdin: SECOND,
      },
    );
    assert.match(reset.stdout, /was locked and is open again/);
    assert.equal(await login("ops@example.com", SECOND), 200);
    assert.equal(await login("ops@example.com", FIRST), 401);
  });

  await t.step("generated: shown once, and it works", async () => {
    const made = await stack.ok(["admin", "reset-password", admin, "--generate", "--json"]);
    const { password } = JSON.parse(made.stdout) as { password: string };
    assert.equal(await login(admin, password), 200);
    assert.ok(!made.stderr.includes(password));
  });

  await t.step("what is written is in tables and in the graph", async () => {
    const { body } = await stack.request("/api/v1/auth/login", {
      body: { email: "ops@example.com", password: SECOND },
    });
    const { access_token: token } = JSON.parse(body) as { access_token: string };
    const made = await stack.request("/api/v1/requirements", {
      token,
      body: { title: "Written by ops" },
    });
    assert.equal(made.status, 201, made.body);
  });

  await t.step("everything wrong is told at once, nothing is made", async () => {
    const refused = await stack.run(
      ["admin", "create", "nobody", "--role", "king", "--name", " ", "--password-stdin"],
      { stdin: "summer2025!!\n" },
    );
    assert.equal(refused.code, 3);
    for (const word of ["EMAIL", "--role", "--name", "password"]) {
      assert.ok(refused.stderr.includes(word), `${word}:\n${refused.stderr}`);
    }
    assert.ok(!refused.text.includes("summer2025"));
    assert.equal((await list()).length, 2);
  });

  await t.step("seeded accounts are found, by doctor too, and removed", async () => {
    const compose = { cwd: stack.dir };
    await must(
      ["docker", "compose", "exec", "-T", "backend", "python", "-m", "app.db.init_schema"],
      compose,
    );
    assert.equal((await list()).filter((each) => each.seeded).length, 5);
    const found = await stack.run(["doctor", "--json"]);
    assert.equal(found.code, 6);
    assert.match(
      found.stdout,
      /rxdx-setup admin remove --dir \S+ admin@example\.com pm@example\.com/,
    );
    const removed = await stack.ok([
      "admin",
      "remove",
      ...["admin", "pm", "validator", "auditor", "test"].map((name) => `${name}@example.com`),
      "--yes",
    ]);
    assert.equal(removed.stdout.match(/is removed/g)?.length, 5);
    assert.equal((await list()).filter((each) => each.seeded).length, 0);
  });

  await t.step("who wrote something is deactivated, and the last administrator stays", async () => {
    const removed = await stack.ok(["admin", "remove", "ops@example.com", "--yes"]);
    assert.match(removed.stdout, /ops@example\.com is deactivated/);
    assert.equal(await login("ops@example.com", SECOND), 401);
    const last = await stack.run(["admin", "remove", admin, "--yes"]);
    assert.equal(last.code, 2, last.text);
    assert.match(last.stderr, /only account that can administer/);
    await stack.ok(
      ["admin", "reset-password", "ops@example.com", "--activate", "--password-stdin"],
      {
        stdin: FIRST,
      },
    );
    assert.equal(await login("ops@example.com", FIRST), 200);
  });

  await t.step("no password is in a file, or in what Docker and the services tell", async () => {
    const logs = await sh(["docker", "compose", "logs"], { cwd: stack.dir });
    for (const word of [FIRST, SECOND]) {
      assert.ok(!logs.text.includes(word));
      const grep = await sh(["grep", "-rlF", "-e", word, stack.dir]);
      assert.equal(grep.stdout, "");
    }
  });
});
