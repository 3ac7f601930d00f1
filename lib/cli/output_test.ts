/** Where text goes, in which colours, and how an error looks as text and as JSON. */
import assert from "node:assert/strict";
import { FakeHost } from "../../tests/support/fake_host.ts";
import { EXIT, EXIT_MEANING, invalidAnswers, SetupError } from "../errors.ts";
import { exitTable, type GlobalFlags, Output } from "./output.ts";

const FLAGS: GlobalFlags = {
  json: false,
  verbose: false,
  noColor: false,
  yes: false,
  accessible: false,
};

function output(
  options: { terminal?: boolean; env?: Record<string, string>; flags?: Partial<GlobalFlags> } = {},
) {
  const host = new FakeHost({ terminal: options.terminal ?? false, env: options.env ?? {} });
  return { host, out: new Output(host, { ...FLAGS, ...options.flags }) };
}

const ERROR = new SetupError({
  code: "port_in_use",
  message: "Port 443 is taken.\nBy nginx.",
  hint: "Stop it",
  exit: EXIT.prerequisite,
});

Deno.test("results go to stdout, everything else to stderr", () => {
  const { host, out } = output();
  out.result("result");
  out.note("note");
  out.error(ERROR);
  assert.equal(host.terminal.stdout, "result\n");
  assert.equal(host.terminal.stderr, "note\n✗ Port 443 is taken.\nBy nginx.\n→ Stop it\n");
});

Deno.test("colour only on a terminal, and never when it is not wanted", () => {
  const coloured = (options: Parameters<typeof output>[0]) => {
    const { host, out } = output(options);
    out.error(ERROR);
    return host.terminal.stderr.includes("\x1b[");
  };
  assert.equal(coloured({ terminal: true }), true);
  assert.equal(coloured({ terminal: false }), false);
  assert.equal(coloured({ terminal: true, env: { NO_COLOR: "1" } }), false);
  assert.equal(coloured({ terminal: true, env: { NO_COLOR: "" } }), true, "empty does not count");
  assert.equal(coloured({ terminal: true, env: { TERM: "dumb" } }), false);
  assert.equal(coloured({ terminal: true, flags: { noColor: true } }), false);
  assert.equal(coloured({ terminal: true, flags: { json: true } }), false);
});

Deno.test("with --json an error is one object on one line of stderr, and remarks are silent", () => {
  const { host, out } = output({ flags: { json: true } });
  out.note("remark");
  out.error(invalidAnswers([{ key: "domain", value: "x y", rule: "must be good", example: "x" }]));
  assert.equal(host.terminal.stdout, "");
  assert.equal(host.terminal.stderr.split("\n").length, 2);
  assert.deepEqual(JSON.parse(host.terminal.stderr), {
    error: {
      code: "invalid_answers",
      message: "1 problem in the answers; nothing was written.",
      hint: "Correct the fields named above and run the same command again.",
      exit: 3,
      problems: [{ key: "domain", value: "x y", rule: "must be good", example: "x" }],
    },
  });
});

Deno.test("every problem is shown with its key, value, rule and example", () => {
  const { host, out } = output();
  out.error(invalidAnswers([
    { key: "ports.https", value: "0", rule: "must be a port", example: "443" },
    { key: "RXDX_SECRET_SECRET_KEY", rule: "must be longer" },
  ]));
  assert.equal(
    host.terminal.stderr,
    "✗ 2 problems in the answers; nothing was written.\n" +
      '  ports.https = "0"\n    must be a port\n    example: 443\n' +
      "  RXDX_SECRET_SECRET_KEY\n    must be longer\n" +
      "→ Correct the fields named above and run the same command again.\n",
  );
});

Deno.test("a value that holds control characters cannot move the cursor", () => {
  const { host, out } = output({ terminal: true });
  out.error(invalidAnswers([{ key: "x", value: "\x1b[2Jgone", rule: "no" }]));
  assert.ok(!host.terminal.stderr.includes("\x1b[2J"));
});

Deno.test("every exit code has a meaning, and the table shows them all", () => {
  assert.deepEqual(Object.keys(EXIT), Object.keys(EXIT_MEANING));
  const codes = Object.values(EXIT);
  assert.equal(new Set(codes).size, codes.length);
  const table = exitTable(EXIT);
  for (const code of codes) assert.match(table, new RegExp(`^ *${code}  \\S`, "m"));
  assert.deepEqual(codes, [0, 1, 2, 3, 4, 5, 6, 7, 10, 130]);
});
