/** Compose commands are values: here is each of them, word for word. */
import assert from "node:assert/strict";
import * as compose from "./compose.ts";

const COMMANDS: readonly (readonly [readonly string[], string])[] = [
  [compose.composeCheck(), "docker compose config --quiet"],
  [compose.composeHashes("/opt/rxdx"), "docker compose config --hash *"],
  [
    compose.composeHashes("/opt/rxdx", ["/tmp/x/docker-compose.yml", "/opt/rxdx/o.yml"]),
    "docker compose --project-directory /opt/rxdx --env-file /tmp/x/.env " +
    "--file /tmp/x/docker-compose.yml --file /opt/rxdx/o.yml config --hash *",
  ],
  [compose.composeUp(), "docker compose --progress plain up --detach --remove-orphans"],
  [compose.composeUpOne("backend"), "docker compose --progress plain up --detach backend"],
  [compose.composeRestart(["backend"]), "docker compose --progress plain restart backend"],
  [
    compose.composeExec("postgres", ["psql", "--set=a=b c"]),
    "docker compose exec -T postgres psql --set=a=b c",
  ],
];

for (const [argv, line] of COMMANDS) {
  Deno.test(`compose: ${line}`, () => assert.equal(argv.join(" "), line));
}

Deno.test("a word with a space stays one word", () => {
  assert.equal(compose.composeExec("postgres", ["a b"]).at(-1), "a b");
});

Deno.test("services start in the order of their dependencies", () => {
  assert.deepEqual(compose.SERVICES, ["postgres", "backend", "frontend", "nginx"]);
});
