/** `--explain`, warnings, and a machine that changed, through the door of the program. */
import assert from "node:assert/strict";
import { type Machine, machineOf } from "../../tests/support/fake_host_machine.ts";
import { REST } from "../../tests/support/fake_host_process.ts";
import { GIB } from "../../tests/support/samples.ts";
import { run } from "./app.ts";

async function rxdx({ host }: Machine, ...argv: string[]) {
  host.terminal.stdout = "";
  host.terminal.stderr = "";
  const code = await run(argv, host);
  return { code, stdout: host.terminal.stdout, stderr: host.terminal.stderr };
}

async function installed(...more: string[]) {
  const machine = machineOf();
  machine.host.process.allow(["docker", "compose", "config", REST], "");
  machine.host.process.allow(["docker", "compose", "--project-directory", REST], "");
  const argv = ["init", "--no-start", "--yes", "--set", "domain=rxdx.example.com", ...more];
  const ran = await rxdx(machine, ...argv);
  assert.equal(ran.code, 0, ran.stderr);
  return { machine, ran };
}

Deno.test("init --explain shows the formulas before anything is asked; without it does not", async () => {
  const { ran } = await installed("--explain");
  assert.match(ran.stderr, /max_connections {4}220 {2}= 4 workers × 50 \+ 20/);
  assert.match(ran.stderr, /shared_buffers +1003MB {2}= 4013M \/ 4/);
  assert.doesNotMatch((await installed()).ran.stderr, /4 workers × 50/);
  const asJson = (await installed("--explain", "--json")).ran.stderr.split("\n")
    .filter((line) => line !== "").map((line) => JSON.parse(line));
  assert.ok(asJson.some(({ event }) => event?.type === "explain" && event.explain.length === 2));
});

Deno.test("plan --explain: text on stdout, groups of lines in the JSON", async () => {
  const { machine } = await installed();
  assert.match((await rxdx(machine, "plan", "--explain")).stdout, /^Machine \(8G, 4 CPUs\)\n/);
  const { explain } = JSON.parse((await rxdx(machine, "plan", "--explain", "--json")).stdout);
  assert.deepEqual(explain[0].lines[1], {
    name: "nginx",
    formula: "budget / 16 within 64M–256M",
    result: "256M",
  });
  assert.equal(JSON.parse((await rxdx(machine, "plan", "--json")).stdout).explain, undefined);
});

Deno.test("warnings are shown and stop nothing", async () => {
  const { machine, ran } = await installed("--set", "imap.user=rxdx");
  assert.match(ran.stderr, /Worth a look\n {2}! imap\.host is empty, so no mail is read/);
  assert.match((await rxdx(machine, "plan")).stdout, /Worth a look/);
  const { warnings } = JSON.parse((await rxdx(machine, "plan", "--json")).stdout);
  assert.deepEqual(warnings.map((each: { key: string }) => each.key), ["imap.host"]);
});

Deno.test("status says when the machine is not the one that was planned for", async () => {
  const { machine } = await installed();
  const { files } = machine.host;
  const path = "/opt/rxdx/.rxdx/receipt.json";
  const receipt = JSON.parse(await files.readText(path) ?? "");
  assert.deepEqual(receipt.plannedFor, { cpus: 4, memoryBytes: 8 * GIB });
  const codes = async () =>
    JSON.parse((await rxdx(machine, "status", "--json")).stdout).problems
      .map((each: { code: string }) => each.code);
  assert.ok(!(await codes()).includes("machine_changed"));

  const was = { ...receipt, plannedFor: { cpus: 2, memoryBytes: 4 * GIB } };
  files.put(path, JSON.stringify(was), { mode: 0o600 });
  assert.ok((await codes()).includes("machine_changed"));
  assert.match(
    (await rxdx(machine, "status", "--once")).stdout,
    /8G of memory instead of 4G and 4 CPUs instead of 2[\s\S]*rxdx-setup plan/,
  );

  // A receipt of an older version knows nothing of it, and nothing is said.
  const { plannedFor: _, ...old } = receipt;
  files.put(path, JSON.stringify(old), { mode: 0o600 });
  assert.ok(!(await codes()).includes("machine_changed"));
});
