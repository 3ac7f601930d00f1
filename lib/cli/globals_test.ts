/** Global flags before and after the command, and the install directory that follows from them. */
import assert from "node:assert/strict";
import { FakeHost } from "../../tests/support/fake_host.ts";
import { absolute, installDirectory } from "./context.ts";
import { guessFlags, hoist, isBare } from "./globals.ts";

const words = (line: string) => line.split(" ").filter((word) => word !== "");

Deno.test("global flags before the command are moved behind it", () => {
  for (
    const [before, after] of [
      ["status", "status"],
      ["--json status", "status --json"],
      ["--dir /srv/x --json status --once", "status --once --dir /srv/x --json"],
      ["--dir=/srv/x plan", "plan --dir=/srv/x"],
      ["-y --verbose --no-color apply", "apply -y --verbose --no-color"],
      ["status --json", "status --json"],
      ["--yes config set a=b -- c", "config set a=b --yes -- c"],
      ["--unknown status", "--unknown status"],
      ["--json --help", "--help --json"],
      ["", ""],
    ] as const
  ) {
    assert.deepEqual(hoist(words(before)), words(after), before);
  }
  assert.deepEqual(hoist(["--dir"]), ["--dir"]);
});

Deno.test("no command at all is what opens the menu; a word or another flag is not", () => {
  for (const line of ["", "--json", "--dir /srv/x", "--dir=/srv/x --yes", "-y --no-color"]) {
    assert.equal(isBare(words(line)), true, line);
  }
  for (const line of ["status", "--json status", "--dir", "--bogus", "--help", "-h", "--json x"]) {
    assert.equal(isBare(words(line)), false, line);
  }
});

Deno.test("what can be told of the flags without parsing", () => {
  assert.deepEqual(guessFlags(["--json", "nonsense", "-y"]), {
    json: true,
    verbose: false,
    noColor: false,
    yes: true,
    accessible: false,
  });
  assert.equal(guessFlags(["--dir", "/srv/x"]).dir, "/srv/x");
  assert.equal(guessFlags(["--dir=/srv/x"]).dir, "/srv/x");
  assert.equal(guessFlags(["--dir"]).dir, undefined);
});

Deno.test("the install directory: flag, variable, /opt/rxdx for root, ~/rxdx for others", () => {
  const dir = (env: Record<string, string>, uid: number, flag?: string) =>
    installDirectory(new FakeHost({ env, uid }), flag);
  assert.equal(dir({}, 0), "/opt/rxdx");
  assert.equal(dir({ HOME: "/home/ann" }, 1000), "/home/ann/rxdx");
  assert.equal(dir({ RXDX_DIR: "/srv/rxdx" }, 0), "/srv/rxdx");
  assert.equal(dir({ RXDX_DIR: "" }, 0), "/opt/rxdx");
  assert.equal(dir({ RXDX_DIR: "/srv/rxdx" }, 0, "/data/rxdx"), "/data/rxdx");
  assert.equal(dir({ PWD: "/srv" }, 0, "stacks/../rxdx/"), "/srv/rxdx");
});

Deno.test("paths are absolute, without dots and double slashes", () => {
  const host = new FakeHost({ env: { PWD: "/srv/a" } });
  for (
    const [path, wanted] of [
      ["/x//y/./z/", "/x/y/z"],
      ["x", "/srv/a/x"],
      ["../x", "/srv/x"],
      ["../../../../x", "/x"],
      ["/", "/"],
      [".", "/srv/a"],
    ] as const
  ) assert.equal(absolute(host, path), wanted, path);
});
