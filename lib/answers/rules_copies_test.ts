/** Targets of copies: read as they are meant, refused with what was probably meant, one or many. */
import assert from "node:assert/strict";
import { parseAnswers } from "./parse.ts";
import { coerce } from "./layers.ts";
import { copyTarget, copyTargets, parseCopyTarget, plainPath } from "./rules_copies.ts";

Deno.test("each kind is read into its parts", () => {
  const parts = (text: string) => {
    const { text: _, ...rest } = parseCopyTarget(text) ?? assert.fail(text);
    return rest;
  };
  assert.deepEqual(parts("/mnt/nas/rxdx/"), { kind: "directory", path: "/mnt/nas/rxdx" });
  assert.deepEqual(parts("sftp://backup@nas.example.com:2222/vol/rxdx"), {
    kind: "sftp",
    user: "backup",
    host: "nas.example.com",
    port: 2222,
    path: "/vol/rxdx",
  });
  assert.deepEqual(parts("sftp://nas/~/rxdx"), {
    kind: "sftp",
    user: "",
    host: "nas",
    path: "rxdx",
  });
  assert.deepEqual(parts("backup@[2001:db8::7]:rx dx"), {
    kind: "sftp",
    user: "backup",
    host: "2001:db8::7",
    path: "rx dx",
  });
  assert.deepEqual(parts("rclone:b2:bucket/rxdx"), {
    kind: "rclone",
    remote: "b2",
    path: "bucket/rxdx",
  });
  assert.deepEqual(parts("rclone:nas:"), { kind: "rclone", remote: "nas", path: "" });
});

Deno.test("what is no target is refused: no password, no option, no way up, no other scheme", () => {
  for (
    const bad of [
      ...["", "a\nb", " /mnt", "/", "mnt/nas", "-oProxyCommand=id", "/mnt/a,/mnt/b", "/mnt/../etc"],
      ...["sftp://user:secret@nas/rxdx", "sftp://nas", "sftp://-oProxyCommand=id/x", "nas:/x"],
      ...["sftp://nas:99999/x", "-u@nas:/x", "u@-oX:/x", "u:p@nas:/x", "u@nas:", "u@nas:../x"],
      ...["s3://bucket/path", "https://x.org/a", "rclone:", "rclone:b2", "rclone:b2,key=1:x"],
      ...["rclone::s3,secret_access_key=x:b", "rclone:b2:../x", `/${"x".repeat(600)}`],
    ]
  ) assert.equal(copyTarget.holds(bad), false, JSON.stringify(bad));
});

Deno.test("what was meant is guessed, and keeps the rule", () => {
  for (
    const [bad, meant] of [
      ["s3://bucket/rxdx", "rclone:s3:bucket/rxdx"],
      ["ssh://backup@nas/rxdx", "sftp://backup@nas/rxdx"],
      ["sftp://user:secret@nas/rxdx", "sftp://user@nas/rxdx"],
      ["sftp://nas", "sftp://nas/rxdx"],
      ["nas:/vol/rxdx", "backup@nas:/vol/rxdx"],
      ["file:///mnt/nas", "/mnt/nas"],
      ["mnt/nas", "/mnt/nas"],
    ] as const
  ) {
    assert.equal(copyTarget.suggest?.(bad), meant);
    assert.ok(copyTarget.holds(meant), meant);
  }
});

Deno.test("one text or a list; every wrong one is told at once, each with its example", () => {
  const kinds = (copy_to: unknown) => {
    const parsed = parseAnswers({ domain: "x.example.com", backups: { copy_to } });
    assert.ok(parsed.ok, JSON.stringify(parsed));
    return copyTargets(parsed.answers.backups.copy_to).map((each) => each.kind);
  };
  assert.deepEqual(kinds(""), []);
  assert.deepEqual(kinds([]), []);
  assert.deepEqual(kinds("/mnt/nas"), ["directory"]);
  assert.deepEqual(kinds(["/mnt/nas", "rclone:b2:x", "a@b:c"]), ["directory", "rclone", "sftp"]);
  const parsed = parseAnswers({
    domain: "x.example.com",
    backups: { copy_to: ["s3://b/x", "/mnt/nas", "u:p@nas:/x", ""] },
  });
  assert.ok(!parsed.ok);
  assert.deepEqual(parsed.problems.map(({ key, value }) => [key, value]), [
    ["backups.copy_to", "s3://b/x"],
    ["backups.copy_to", "u:p@nas:/x"],
    ["backups.copy_to", ""],
  ]);
  assert.equal(parsed.problems[0]?.example, "rclone:s3:b/x");
});

Deno.test("on the command line a comma or brackets make a list", () => {
  assert.equal(coerce("backups.copy_to", "/mnt/nas"), "/mnt/nas");
  assert.deepEqual(coerce("backups.copy_to", "/mnt/nas,rclone:b2:x"), ["/mnt/nas", "rclone:b2:x"]);
  assert.deepEqual(coerce("backups.copy_to", "[/mnt/nas]"), ["/mnt/nas"]);
});

Deno.test("paths for ssh and rclone hold nothing that either would read otherwise", () => {
  assert.ok(plainPath.holds("/root/.ssh/id_rxdx"));
  for (const bad of ["id", "~/.ssh/id", "/a b", "/a%h", "/a$b", '/a"b', "/a\\b", "/a/../b"]) {
    assert.equal(plainPath.holds(bad), false, bad);
  }
});
