/**
 * A proxy on this machine that ends TLS (`tls.mode: external`): it arrives from the gateway of Docker's
 * network, and so would whoever comes through Docker's own program for IPv6. Only the first is believed
 * (criterion N3), and what it says of its client decides the limit and the log.
 */
import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { readyAnswer } from "../support/readiness.ts";
import { holdImages, must, type Ran, sh, TestStack } from "../support/stack.ts";
import { eventually } from "../support/tmux.ts";

const NAME = "rxdx.example.org";
/** The client as the proxy saw it; documentation addresses (RFC 5737). */
const CLIENT = "203.0.113.77";

/** An IPv4 address of this machine by which others reach it. */
function ownAddress(): string | undefined {
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    if (/^(docker|br-|veth)/.test(name)) continue;
    const found = addresses?.find((each) => each.family === "IPv4" && !each.internal);
    if (found !== undefined) return found.address;
  }
  return undefined;
}

/** True where this machine speaks IPv6 to itself; without it there is nothing to refuse. */
function speaksIPv6(): boolean {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

Deno.test("a proxy on this machine is believed, and nobody who only looks like it", async (t) => {
  await using stack = new TestStack("address");
  await using _held = await holdImages();
  const ran = await stack.init([
    ...["--set", `domain=${NAME}`, "--set", "aliases=", "--set", "tls.mode=external"],
    // Somebody else's for now; the gateway's address is known once the network is there.
    ...["--set", "tls.trusted_proxies=192.0.2.1"],
  ]);
  assert.equal(ran.code, 0, ran.text);
  const gateway = await must([
    ...["docker", "network", "inspect", `${stack.name}_rxdx-network`],
    ...["--format", "{{range .IPAM.Config}}{{.Gateway}}{{end}}"],
  ]);

  /** As a proxy would ask; `claims` are its headers. */
  const ask = (host: string, path: string, claims: readonly string[], more: string[] = []) =>
    sh([
      ...["curl", "-sig", "-m", "10", "--noproxy", "*", "-H", `Host: ${NAME}`],
      ...claims.flatMap((each) => ["-H", each]),
      ...more,
      `http://${host}:${stack.ports.http}${path}`,
    ]);
  const status = ({ stdout }: Ran) => Number(/^HTTP\/1\.1 (\d+)/.exec(stdout)?.[1]);
  const https = ["X-Forwarded-Proto: https", `X-Forwarded-For: ${CLIENT}`];
  /** Whom the newest line of nginx's log names; Docker has it a moment after the answer. */
  const logged = (address: string | undefined) =>
    eventually(`a line of ${address}`, async () => {
      const lines = (await must(["docker", "logs", `${stack.name}-nginx-1`])).split("\n");
      const newest = JSON.parse(lines.findLast((line) => line.startsWith("{")) ?? "{}");
      return newest.remote_addr === address;
    });

  await t.step("before it is declared it is refused, in words that help", async () => {
    const answer = await ask("127.0.0.1", "/", https);
    assert.equal(status(answer), 403);
    assert.match(answer.stdout, /tls\.trusted_proxies/);
    // Its claim is not written down.
    await logged(gateway);
  });

  await stack.ok(["config", "set", `tls.trusted_proxies=${gateway}`]);
  await stack.ok(["apply", "--yes"]);

  await t.step("declared, it is believed about its client", async () => {
    assert.equal(status(await ask("127.0.0.1", "/", https)), 200);
    await logged(CLIENT);
  });

  await t.step("what it received unencrypted goes to its HTTPS port, not to ours", async () => {
    assert.notEqual(stack.ports.https, 443);
    const answer = await ask("127.0.0.1", "/x?y=1", ["X-Forwarded-Proto: http"]);
    assert.equal(status(answer), 301);
    assert.equal(/^Location: (.*)\r$/m.exec(answer.stdout)?.[1], `https://${NAME}/x?y=1`);
  });

  await t.step("each client has a limit of its own, whatever it invents", async () => {
    const login = async (client: string, index: number) =>
      status(
        await ask("127.0.0.1", "/api/v1/auth/login", [
          "X-Forwarded-Proto: https",
          // The client sent the first address, the proxy has added the second.
          `X-Forwarded-For: 198.51.100.${index}, ${client}`,
        ], ["-d", "{}"]),
      );
    const first: number[] = [];
    for (let index = 0; index < 10; index++) first.push(await login("203.0.113.1", index));
    assert.ok(first.filter((each) => each === 429).length >= 5, first.join(" "));
    assert.notEqual(await login("203.0.113.2", 0), 429, "another client");
  });

  await t.step("nobody comes over IPv6, where everybody would look like the proxy", async () => {
    if (!speaksIPv6()) return console.log("    SKIPPED: no IPv6 on this machine");
    const answer = await ask("[::1]", "/", https);
    // 7: the connection was refused.
    assert.equal(answer.code, 7, answer.text);
  });

  await t.step("past the proxy nobody gets in, whatever they claim", async () => {
    const own = ownAddress();
    if (own === undefined) return console.log("    SKIPPED: no address but the loopback's");
    assert.equal(status(await ask(own, "/", https)), 403);
    await logged(own);
    const health = await readyAnswer(async () => {
      const answer = await ask(own, "/health", []);
      return { status: status(answer), body: answer.stdout };
    });
    assert.equal(health.status, 200, "health is open");
  });
});
