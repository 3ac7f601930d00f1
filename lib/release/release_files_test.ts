/** Versions, checksums, changes and receipts of releases. */
import assert from "node:assert/strict";
import installer from "../../install.sh" with { type: "text" };
import { SetupError } from "../errors.ts";
import { changesBetween } from "./changelog.ts";
import { fileUrl, parseSums, renderSums, trustedComment, versionIn } from "./files.ts";
import { SHELL_FILES } from "./shell_files.ts";
import { RELEASE_KEYS, RELEASE_URL } from "./origin.ts";
import { parseReceipt, renderReceipt, shareDirectory } from "./receipt.ts";
import { compareVersions, isVersion } from "./versions.ts";

Deno.test("versions are in the order of semver", () => {
  const ordered = [
    "nothing",
    "0.1.0",
    "0.9.10",
    "0.10.0",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.1",
  ];
  assert.deepEqual(ordered.toReversed().sort(compareVersions), ordered);
  assert.equal(compareVersions("1.0.0+a", "1.0.0+b"), 0);
  for (const text of ["v1.0.0", "1.0", "1.0.0 ", "", "1.0.0;id"]) assert.ok(!isVersion(text), text);
});

Deno.test("checksums are read and written as sha256sum does it", () => {
  const [a, b] = ["a".repeat(64), "b".repeat(64)];
  const sums = parseSums(`${b}  z.tar.gz\n${a} *a.tar.gz\n`);
  assert.deepEqual([...sums], [["z.tar.gz", b], ["a.tar.gz", a]]);
  assert.equal(renderSums(sums), `${a}  a.tar.gz\n${b}  z.tar.gz\n`);
  for (const bad of [`${a}  ../x\n`, `${a}  x\n${b}  x\n`, "x  y\n", `${a}  a b\n`, `${a}\n`]) {
    assert.throws(() => parseSums(bad), (error) => error instanceof SetupError, bad);
  }
});

Deno.test("the version that was signed, and nothing that looks like it", () => {
  assert.equal(versionIn(trustedComment("1.2.3-rc.1")), "1.2.3-rc.1");
  for (const bad of ["", "other 1.2.3", "rxdx-setup 1.2.3 ", "rxdx-setup x"]) {
    assert.throws(() => versionIn(bad), SetupError);
  }
});

Deno.test("addresses have the layout of GitHub's releases", () => {
  assert.equal(fileUrl("https://x/r/", undefined, "a"), "https://x/r/latest/download/a");
  assert.equal(fileUrl("https://x/r", "1.2.3", "a"), "https://x/r/download/v1.2.3/a");
});

Deno.test("what changed is what stands between the two versions", () => {
  const text =
    "# Changelog\n\n## [Unreleased]\n\nsoon\n\n## [1.2.0] - 2026-03-14\n\n- new\n\n### Fixed\n\n- b\n\n" +
    "## 1.1.0\n\n- old\n\n## v1.0.0\n\n- first\n\n[1.2.0]: https://x\n";
  const seen = (from: string, to: string) =>
    changesBetween(text, from, to).map((each) => each.version);
  assert.deepEqual(seen("1.0.0", "1.2.0"), ["1.2.0", "1.1.0"]);
  assert.deepEqual(seen("1.2.0", "1.1.0"), ["1.2.0"]);
  assert.deepEqual(seen("1.2.0", "1.2.0"), []);
  assert.equal(changesBetween(text, "1.1.0", "1.2.0")[0]?.text, "- new\n\n### Fixed\n\n- b");
});

Deno.test("a receipt is written as it was read", () => {
  const text = "# What install.sh created.\nversion 1.2.3\ndoor download\nsource https://x/r\n" +
    `key RWx\nfile ${
      "a".repeat(64)
    } /opt/it's here/bin/rxdx-setup\ndirectory /opt/it's here\npackage unzip\n`;
  const receipt = parseReceipt(text);
  assert.equal(renderReceipt(receipt), text);
  assert.deepEqual(receipt.files, [{
    sha256: "a".repeat(64),
    path: "/opt/it's here/bin/rxdx-setup",
  }]);
  assert.equal(parseReceipt("").version, undefined);
  assert.equal(shareDirectory("/usr/local/bin/rxdx-setup"), "/usr/local/share/rxdx-setup");
  assert.equal(shareDirectory("/somewhere/rxdx-setup"), undefined);
});

Deno.test("install.sh trusts whom the program trusts", () => {
  const value = (name: string) => new RegExp(`^${name}='?([^'\n]*)'?$`, "m").exec(installer)?.[1];
  assert.equal(value("RELEASE_URL"), RELEASE_URL);
  assert.equal(value("RELEASE_KEYS"), RELEASE_KEYS.join(" "));
});

Deno.test("install.sh writes the files that self-update writes anew", () => {
  const list = /^SHELL_FILES='([^']*)'$/m.exec(installer)?.[1];
  const own = SHELL_FILES.map(({ path, argv }) => [path, ...argv].join(" ")).join("\n");
  assert.equal(list, own);
});
