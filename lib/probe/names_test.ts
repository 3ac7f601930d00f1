/** Which name servers are asked, and what is read of /etc/hosts. */
import assert from "node:assert/strict";
import { FakeHost } from "../../tests/support/fake_host.ts";
import { checkNames, hostsEntries, measureNames, nameServers } from "./names.ts";

Deno.test("resolv.conf and hosts in all their spellings", () => {
  assert.deepEqual(
    nameServers(
      "# nameserver 192.0.2.1\nsearch example.com\nnameserver 192.0.2.53\n nameserver\t2001:db8::53 \n",
    ),
    ["192.0.2.53", "2001:db8::53"],
  );
  const hosts =
    "127.0.0.1 localhost\n192.0.2.9\tA.example.com a # b.example.com\n# 192.0.2.8 a\n\n";
  assert.deepEqual(hostsEntries(hosts, "a.example.com"), ["192.0.2.9"]);
  assert.deepEqual(hostsEntries(hosts, "b.example.com"), []);
  assert.deepEqual(hostsEntries(hosts, "a"), ["192.0.2.9"]);
});

function machine(resolv: string): { host: FakeHost; asked: string[] } {
  const host = new FakeHost();
  const asked: string[] = [];
  host.files.put("/etc/resolv.conf", resolv);
  const answer = host.net.lookUp;
  Object.assign(host.net, {
    lookUp: (question: Parameters<typeof answer>[0]) => {
      asked.push(`${question.server} ${question.type}`);
      return question.server.startsWith("198.51.100.")
        ? Promise.resolve({ state: "silent" as const })
        : answer(question);
    },
  });
  return { host, asked };
}

Deno.test("both families are asked, and what is found is judged", async () => {
  const { host, asked } = machine("nameserver 192.0.2.53\n");
  host.net.names.set("A a.example.com", { state: "found", addresses: ["192.0.2.10"] });
  host.net.names.set("AAAA a.example.com", { state: "found", addresses: ["2001:db8::1"] });
  const [check] = await checkNames(host, ["a.example.com"], ["192.0.2.10"]);
  assert.equal(check?.state, "warn");
  assert.match(check?.detail ?? "", /also to 2001:db8::1/);
  assert.deepEqual(asked, ["192.0.2.53 A", "192.0.2.53 AAAA"]);
});

Deno.test("a silent server is followed by the second, and no third", async () => {
  const servers = "nameserver 198.51.100.1\nnameserver 192.0.2.53\nnameserver 192.0.2.54\n";
  const { host, asked } = machine(servers);
  host.net.names.set("A a.example.com", { state: "found", addresses: ["192.0.2.10"] });
  const [facts] = await measureNames(host, ["a.example.com"]);
  assert.equal(facts?.dns, "found");
  assert.deepEqual(asked.filter((each) => each.endsWith(" A")), ["198.51.100.1 A", "192.0.2.53 A"]);
  const dead = machine(servers.replaceAll("192.0.2", "198.51.100"));
  assert.equal((await measureNames(dead.host, ["a.example.com"]))[0]?.dns, "silent");
  assert.equal(dead.asked.length, 4);
});

Deno.test("behind systemd's stub its own servers are asked: it answers from /etc/hosts", async () => {
  const { host, asked } = machine("nameserver 127.0.0.53\n");
  host.files.put("/run/systemd/resolve/resolv.conf", "nameserver 192.0.2.53\n");
  host.files.put("/etc/hosts", "127.0.1.1 a.example.com\n");
  const [facts] = await measureNames(host, ["a.example.com"]);
  assert.deepEqual(facts, {
    name: "a.example.com",
    dns: "none",
    addresses: [],
    hosts: ["127.0.1.1"],
  });
  assert.equal(asked[0], "192.0.2.53 A");
});

Deno.test("addresses are not looked up, and without files this machine is asked", async () => {
  const { host, asked } = machine("");
  await measureNames(host, ["192.0.2.10", "localhost", "::1"]);
  assert.deepEqual(asked, []);
  await measureNames(host, ["a.example.com"]);
  assert.equal(asked[0], "127.0.0.1 A");
});
