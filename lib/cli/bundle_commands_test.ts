/** `bundle create` through the program's door, on a fake machine: what it leaves alone, and what it takes away. */
import assert from "node:assert/strict";
import type { FakeHost } from "../../tests/support/fake_host.ts";
import { machineOf } from "../../tests/support/fake_host_machine.ts";
import { REST } from "../../tests/support/fake_host_process.ts";
import { EXIT } from "../errors.ts";
import { run } from "./app.ts";

const OUTPUT = "/srv/my bundles/rxdx.bundle.tar";
const WORK = `${OUTPUT}.work`;

function machine(): FakeHost {
  const { host } = machineOf();
  host.files.put("/srv/rxdx-setup", "the program", { mode: 0o755 });
  host.files.putDirectory("/srv/my bundles");
  return host;
}

async function create(host: FakeHost, output = OUTPUT) {
  host.terminal.stderr = "";
  const code = await run(
    ["bundle", "create", "--demo", "--output", output, "--program", "/srv/rxdx-setup"],
    host,
  );
  return { code, stderr: host.terminal.stderr };
}

const tree = (host: FakeHost) => Object.keys(host.files.tree("/srv"));

Deno.test("bundle create: who does not get the lock leaves everything to who has it", async () => {
  const host = machine();
  host.files.put(`${WORK}/.rxdx/journal.jsonl`, "{}\n");
  host.files.put(`${WORK}/demo/nginx/Dockerfile`, "FROM scratch\n");
  const lock = await host.files.tryLock(`${WORK}/.rxdx/lock`);
  assert.ok(lock);
  const before = host.files.tree(WORK);
  const { code, stderr } = await create(host);
  assert.equal(code, EXIT.locked, stderr);
  assert.deepEqual(host.files.tree(WORK), before);
});

Deno.test("bundle create: a directory of somebody else with the name of ours is refused", async () => {
  for (const name of ["notes.txt", "demo/mine.txt", "rxdx.yml"]) {
    const host = machine();
    host.files.put(`${WORK}/${name}`, "mine");
    // An install has it too.
    if (name === "rxdx.yml") host.files.put(`${WORK}/.rxdx/receipt.json`, "{}");
    const before = tree(host);
    const { code, stderr } = await create(host);
    assert.equal(code, EXIT.prerequisite, stderr);
    assert.match(stderr, /rxdx\.bundle\.tar\.work is there, and not from an earlier/);
    assert.match(stderr, /--output FILE/);
    assert.deepEqual(tree(host), before);
  }
  const host = machine();
  host.files.put(WORK, "a file");
  assert.equal((await create(host)).code, EXIT.prerequisite);
  assert.equal(await host.files.readText(WORK), "a file");
});

Deno.test("bundle create: what it made goes when it ends, also badly, and nothing else", async () => {
  const host = machine();
  // No image can be had.
  host.process.allow(["docker", REST], { code: 1, stderr: "no" });
  const before = tree(host);
  const { code, stderr } = await create(host);
  assert.notEqual(code, EXIT.ok);
  assert.match(stderr, /Write what the images are built from/);
  assert.deepEqual(tree(host), before);
  // What a killed run has left is gone on with; a file that somebody put there since is not ours.
  host.files.put(`${WORK}/.rxdx/lock`, "");
  host.files.put(`${WORK}/notes.txt`, "mine");
  await create(host);
  assert.deepEqual(Object.keys(host.files.tree(WORK)), [`${WORK}/notes.txt`]);
});

Deno.test("bundle create: a directory that is missing is made by the command that is said", async () => {
  const host = machine();
  host.process.allow(["test", "-d", "/srv/not here"], { code: 1 });
  const { code, stderr } = await create(host, "/srv/not here/x.tar");
  assert.equal(code, EXIT.usage);
  assert.match(stderr, /mkdir -p '\/srv\/not here'/);
});
