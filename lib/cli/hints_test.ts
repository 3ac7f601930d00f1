import assert from "node:assert/strict";
import { addressHint } from "./hints.ts";
import { routes } from "./routes.ts";

const ELSEWHERE = ["--dir", "/srv/x"];

Deno.test("every command of a hint names the directory, behind the command's whole name", () => {
  for (
    const [hint, addressed] of [
      ["rxdx-setup apply", "rxdx-setup apply --dir /srv/x"],
      [
        "rxdx-setup tls renew; rxdx-setup start",
        "rxdx-setup tls renew --dir /srv/x; rxdx-setup start --dir /srv/x",
      ],
      [
        "rxdx-setup config set ports.https=8443",
        "rxdx-setup config set --dir /srv/x ports.https=8443",
      ],
      ["rxdx-setup logs --tail 50 postgres", "rxdx-setup logs --dir /srv/x --tail 50 postgres"],
      ["rxdx-setup apply --dir /srv/x", "rxdx-setup apply --dir /srv/x"],
      ["rxdx-setup backup verify", "rxdx-setup backup verify --dir /srv/x"],
      ["df -h; docker system df", "df -h; docker system df"],
      ["rxdx-setup --help", "rxdx-setup --help"],
    ]
  ) assert.equal(addressHint(hint ?? "", ELSEWHERE), addressed);
  assert.equal(addressHint("rxdx-setup apply", []), "rxdx-setup apply");
});

Deno.test("a directory with a blank in its name stays one word", () => {
  assert.equal(
    addressHint("rxdx-setup apply", ["--dir", "/srv/my stack"]),
    "rxdx-setup apply --dir '/srv/my stack'",
  );
});

Deno.test("every command whose name has two words is known to have two", () => {
  const groups = routes.getAllEntries().filter(({ target }) => "getAllEntries" in target);
  assert.ok(groups.length >= 4, `${groups.length} groups`);
  for (const { name } of groups) {
    const command = `rxdx-setup ${name.original} show`;
    assert.equal(addressHint(command, ELSEWHERE), `${command} --dir /srv/x`);
  }
});
