/** Checks on 80 columns: marks, long answers, hints whole. */
import assert from "node:assert/strict";
import { createColors } from "picocolors";
import { checksText } from "./checks_text.ts";

Deno.test("one line each, long answers go on below, hints can be pasted", () => {
  const hint =
    "echo net.ipv4.ip_unprivileged_port_start=80 | sudo tee /etc/sysctl.d/90-rootless.conf";
  const text = checksText([
    { id: "os", title: "Operating system", state: "ok", detail: "Debian GNU/Linux 12 (bookworm)" },
    { id: "user", title: "User", state: "warn", detail: "uid 1000, rootless Docker", hint },
    { id: "clock", title: "Clock", state: "unknown", detail: "no server answered" },
    {
      id: "mail",
      title: "E-mail",
      state: "fail",
      detail: "smtp.example.com:587: the login was refused (535 5.7.8 bad credentials for rxdx).",
    },
  ], createColors(false));
  assert.equal(
    text,
    `✓ Operating system    Debian GNU/Linux 12 (bookworm)
! User                uid 1000, rootless Docker
  → ${hint}
? Clock               no server answered
✗ E-mail              smtp.example.com:587: the login was refused (535 5.7.8 bad
                      credentials for rxdx).

1 ok, 1 warning, 1 unknown, 1 failed`,
  );
});

Deno.test("what a container said of itself does not speak to the terminal", () => {
  const evil = "is unhealthy; its check says: \x1b]0;owned\x07\x1b[2Jbad\nand more\x07";
  const text = checksText(
    [{ id: "x", title: "ev\x1b[2Jil", state: "fail", detail: evil, hint: "docker logs \x1b[1mx" }],
    createColors(false),
  );
  assert.doesNotMatch(text.replaceAll("\n", ""), /\p{Cc}/u);
  assert.match(text, /its check says: bad\n +and more/);
  assert.match(text, /^✗ evil /);
});
