/** What answers of the database mean. */
import assert from "node:assert/strict";
import { judgeDatabase, judgeLogin, judgeTransactions, parseTransactions } from "./database.ts";

Deno.test("login: refused is told with its cause, anything else with psql's last line", () => {
  assert.equal(judgeLogin({ ok: true, message: "" }, "rxdx").state, "ok");
  const wrong = judgeLogin({
    ok: false,
    message: 'psql: error: connection to server at "127.0.0.1", port 5432 failed: ' +
      'FATAL:  password authentication failed for user "rxdx"\n',
  }, "rxdx");
  assert.equal(wrong.state, "fail");
  assert.match(wrong.detail, /has another password than the one in \.env$/);
  assert.match(
    judgeLogin({ ok: false, message: "first\nsomething else\n" }, "rxdx").detail,
    /in \.env: something else$/,
  );
});

const facts = {
  reachable: true,
  connections: 20,
  maxConnections: 120,
  ageVersion: "1.5.0",
  graph: "rxdx_graph",
};
const states = (changes: Partial<typeof facts> | Record<string, unknown>) =>
  judgeDatabase({ ...facts, ...changes }, "rxdx_graph").map((each) => each.state);

Deno.test("connections and graph", () => {
  assert.deepEqual(states({}), ["ok", "ok"]);
  assert.deepEqual(states({ connections: 110 }), ["warn", "ok"]);
  assert.deepEqual(states({ connections: 118 }), ["fail", "ok"]);
  assert.deepEqual(states({ connections: null }), ["unknown", "ok"]);
  assert.deepEqual(states({ graph: null }), ["ok", "fail"]);
  assert.deepEqual(states({ graph: "other" }), ["ok", "fail"]);
  assert.deepEqual(states({ ageVersion: null, graph: null }), ["ok", "fail"]);
  assert.deepEqual(states({ reachable: false }), ["fail"]);
});

Deno.test("transactions: open for minutes warn, for an hour fail", () => {
  assert.deepEqual(parseTransactions("1|2|400|77\n"), {
    long: 1,
    idle: 2,
    oldestSeconds: 400,
    oldestPid: 77,
  });
  assert.equal(parseTransactions("nothing"), undefined);
  assert.equal(judgeTransactions(undefined).state, "unknown");
  const of = (row: string) => judgeTransactions(parseTransactions(row));
  assert.equal(of("0|0|0|0").state, "ok");
  assert.match(of("1|2|400|77").detail, /1 at work, 2 idle; the oldest for 7 min \(pid 77\)/);
  assert.equal(of("1|2|400|77").state, "warn");
  assert.equal(of("0|1|7000|77").state, "fail");
});
