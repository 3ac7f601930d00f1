/** Which completions and pages an update writes anew, and what the receipt says of them meanwhile. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { FakeHost } from "../../../tests/support/fake_host.ts";
import type { ReceiptFile } from "../../release/receipt.ts";
import { SHELL_FILES } from "../../release/shell_files.ts";
import { ShellFiles } from "./shell_files.ts";

const PATHS = SHELL_FILES.map(({ path }) => `/p/${path}`);
const [BASH = "", ZSH = "", FISH = "", MAN = ""] = PATHS;
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const noted = (path: string, text: string): ReceiptFile => ({ path, sha256: sha256(text) });

/** All four from the version before, as the receipt has them. */
function installed(): { host: FakeHost; files: ShellFiles } {
  const host = new FakeHost();
  for (const path of PATHS) host.files.put(path, "old");
  const receipt = { keys: [], rest: [], files: PATHS.map((path) => noted(path, "old")) };
  return { host, files: new ShellFiles(host, "/p", receipt) };
}

Deno.test("written anew where they are ours and differ, after the receipt has both checksums", async () => {
  const { host, files } = installed();
  host.files.put(FISH, "mine");
  await host.files.remove(ZSH);
  host.process.expect(["/p/bin/rxdx-setup", "completions", "bash"], "new")
    .expect(["/p/bin/rxdx-setup", "man"], "old");
  const notes: ReceiptFile[][] = [];
  await files.refresh("/p/bin/rxdx-setup", async () => {
    assert.equal(await host.files.readText(BASH), "old", "nothing was touched before");
    notes.push(await files.noted());
  });
  assert.deepEqual(notes, [[
    noted(BASH, "old"),
    noted(BASH, "new"),
    noted(FISH, "old"),
    noted(MAN, "old"),
  ]]);
  assert.deepEqual(await files.noted(), [
    noted(BASH, "new"),
    noted(FISH, "old"),
    noted(MAN, "old"),
  ]);
  assert.deepEqual(
    [await host.files.readText(BASH), await host.files.readText(FISH), host.files.has(ZSH)],
    ["new", "mine", false],
  );
  assert.deepEqual(files.missed, []);
  assert.deepEqual(host.process.problems(), []);
});

Deno.test("the way back: what was written is ours, and the old program prints it again", async () => {
  const { host, files } = installed();
  host.process.allow(["new", "completions", /./], "new").allow(["new", "man"], "new")
    .allow(["old", "completions", /./], "old").allow(["old", "man"], "old");
  const note = () => Promise.resolve();
  await files.refresh("new", note);
  await files.refresh("old", note);
  for (const path of PATHS) assert.equal(await host.files.readText(path), "old");
  assert.deepEqual(await files.noted(), PATHS.map((path) => noted(path, "old")));
});

Deno.test("a program that prints none, and a directory that cannot be written, fail nothing", async () => {
  const { host, files } = installed();
  host.process.allow(["new", "completions", "bash"], { code: 2 })
    .allow(["new", "completions", "zsh"], "")
    .allow(["new", "completions", "fish"], "new").allow(["new", "man"], "new");
  host.files.failAt(1, "EACCES");
  await files.refresh("new", () => Promise.resolve());
  assert.deepEqual(files.missed, [BASH, ZSH, FISH]);
  assert.deepEqual(
    await Promise.all(PATHS.map((path) => host.files.readText(path))),
    ["old", "old", "old", "new"],
  );
  assert.deepEqual(
    (await files.noted()).map((each) => each.sha256),
    [sha256("old"), sha256("old"), sha256("old"), sha256("new")],
  );
});

Deno.test("an install without them gets none", async () => {
  const host = new FakeHost();
  host.files.put(MAN, "somebody's");
  const files = new ShellFiles(host, "/p", { keys: [], rest: [], files: [] });
  assert.ok(files.none);
  await files.refresh("new", () => assert.fail("the receipt was written"));
  assert.deepEqual(await files.noted(), []);
});
