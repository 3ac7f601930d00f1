/** An install keeps its name and its database; a plan is carried out only as it was reviewed. */
import assert from "node:assert/strict";
import { FakeHost } from "../../tests/support/fake_host.ts";
import { machineOf } from "../../tests/support/fake_host_machine.ts";
import { sampleAnswers } from "../../tests/support/samples.ts";
import { Engine } from "../engine/client.ts";
import { SetupError } from "../errors.ts";
import { checkName, checkUnchanged, inputsOf, pinnedProblems } from "./pinned.ts";

const DIR = "/opt/rxdx";
const isError = (code: string) => (error: unknown) =>
  error instanceof SetupError && error.code === code;

Deno.test("a name that containers of another directory bear is refused", async () => {
  const { host, engine } = machineOf();
  const check = () => checkName(host, new Engine(host), { name: "rxdx", dir: DIR });
  await check();
  engine.containers = [{ service: "nginx", workingDir: DIR }];
  await check();
  engine.containers = [{ service: "nginx", workingDir: "/srv/other" }];
  // A directory that was moved away holds no configuration any more: it is this one now.
  await check();
  host.files.put("/srv/other/rxdx.yml", "name: rxdx\n");
  await assert.rejects(check(), isError("name_in_use"));
  engine.containers = [{ service: "nginx", project: "shop", workingDir: "/srv/other" }];
  await check();
});

Deno.test("name and database of an installed stack cannot be changed by an edit", async () => {
  const host = new FakeHost({});
  const problems = async () => (await pinnedProblems(host, DIR, sampleAnswers())).map((p) => p.key);
  assert.deepEqual(await problems(), []);
  const env = (name: string, user: string) =>
    `COMPOSE_PROJECT_NAME=${name}\nPOSTGRES_USER=${user}\nPOSTGRES_DB=rxdx\nAGE_GRAPH_NAME=rxdx_graph\n`;
  host.files.put(`${DIR}/.env`, env("rxdx", "rxdx"));
  assert.deepEqual(await problems(), []);
  host.files.put(`${DIR}/.env`, env("old", "former"));
  assert.deepEqual(await problems(), ["name", "database.user"]);
});

Deno.test("a volume that was taken over stays the one", async () => {
  const host = new FakeHost({});
  host.files.put(`${DIR}/.env`, "POSTGRES_VOLUME=plant_pgdata\nPOSTGRES_VOLUME_EXTERNAL=true\n");
  const answers = sampleAnswers();
  const keys = async (database: string) =>
    (await pinnedProblems(host, DIR, { ...answers, volumes: { ...answers.volumes, database } }))
      .map((problem) => problem.key);
  assert.deepEqual(await keys("plant_pgdata"), []);
  assert.deepEqual(await keys(""), ["volumes.database"]);
  // Of an ordinary stack the name follows from project and environment.
  host.files.put(`${DIR}/.env`, "POSTGRES_VOLUME=rxdx_postgres_data\n");
  assert.deepEqual(await keys(""), []);
});

Deno.test("what changed between review and lock stops the run", async () => {
  const host = new FakeHost({});
  host.files.put(`${DIR}/rxdx.yml`, "name: rxdx\n");
  const reviewed = await inputsOf(host, DIR);
  await checkUnchanged(host, DIR, reviewed);
  host.files.put(`${DIR}/rxdx.yml`, "name: rxdx # mine\n");
  await assert.rejects(checkUnchanged(host, DIR, reviewed), isError("changed_meanwhile"));
  host.files.put(`${DIR}/rxdx.yml`, "name: rxdx\n");
  host.files.put(`${DIR}/.env`, "SECRET_KEY=another\n");
  await assert.rejects(checkUnchanged(host, DIR, reviewed), isError("changed_meanwhile"));
});
