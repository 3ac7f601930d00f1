/** `import` and `completions` through the program's door, on a fake machine: what needs no stack. */
import assert from "node:assert/strict";
import type { FakeHost } from "../../tests/support/fake_host.ts";
import { machineOf } from "../../tests/support/fake_host_machine.ts";
import { EXIT } from "../errors.ts";
import { run } from "./app.ts";

const OLD = "/srv/RxDx";

async function rxdx(host: FakeHost, ...argv: readonly string[]) {
  const before = host.files.mutations.length;
  host.terminal.stdout = "";
  host.terminal.stderr = "";
  const code = await run(argv, host);
  const { stdout, stderr } = host.terminal;
  assert.equal(host.files.mutations.length, before, "nothing was written");
  return { code, stdout, stderr };
}

function machine(): FakeHost {
  const { host } = machineOf();
  host.files.putDirectory(OLD);
  return host;
}

Deno.test("a place that cannot be taken over is refused before anything is asked", async () => {
  const none = await rxdx(machine(), "import", "/nowhere");
  assert.equal(none.code, EXIT.usage);
  assert.match(none.stderr, /\/nowhere is no directory/);
  const nested = await rxdx(machine(), "import", OLD, "--dir", `${OLD}/new`);
  assert.equal(nested.code, EXIT.prerequisite);
  assert.match(nested.stderr, /both cannot be in one place/);
  const host = machine();
  host.files.put(`${OLD}/rxdx.yml`, "name: rxdx\n");
  assert.match((await rxdx(host, "import", OLD)).stderr, /was made by rxdx-setup/);
  host.files.put("/srv/my stack/rxdx.yml", "name: rxdx\n");
  const blank = await rxdx(host, "import", "/srv/my stack");
  assert.match(blank.stderr, /rxdx-setup status --dir '\/srv\/my stack'$/m);
});

Deno.test("a directory that holds a stack already is not taken for another one", async () => {
  const host = machine();
  host.files.put("/opt/rxdx/rxdx.yml", "name: rxdx\n");
  const { code, stderr } = await rxdx(host, "import", OLD);
  assert.equal(code, EXIT.prerequisite);
  assert.match(stderr, /There is a stack in \/opt\/rxdx already/);
});

Deno.test("an import that is done says so, and does nothing", async () => {
  const host = machine();
  const state = { schema: 1, from: OLD, phase: "done", at: "2026-03-14T10:00:00.000Z" };
  host.files.put("/opt/rxdx/.rxdx/import.json", JSON.stringify(state));
  const { code, stdout } = await rxdx(host, "import", OLD);
  assert.equal(code, EXIT.ok);
  assert.match(stdout, /was taken over into \/opt\/rxdx on 2026-03-14 already/);
});

Deno.test("completions and man print what they are asked for; another shell is refused", async () => {
  assert.match((await rxdx(machine(), "completions", "bash")).stdout, /complete -F _rxdx_setup/);
  assert.match((await rxdx(machine(), "completions", "zsh")).stdout, /^#compdef rxdx-setup\n/);
  assert.match((await rxdx(machine(), "completions", "fish")).stdout, /complete -c rxdx-setup/);
  assert.match((await rxdx(machine(), "man")).stdout, /^\.TH RXDX/m);
  const { code, stderr } = await rxdx(machine(), "completions", "tcsh");
  assert.equal(code, EXIT.usage);
  assert.match(stderr, /bash, or zsh, or fish/);
});
