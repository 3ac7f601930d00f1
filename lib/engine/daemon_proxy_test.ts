/** What the daemon is told of the proxy, and that a login in its address is shown to nobody. */
import assert from "node:assert/strict";
import { withFakeHost } from "../../tests/support/fake_host.ts";
import { sampleFacts } from "../../tests/support/samples.ts";
import { daemonProxySteps, proxyEnvironment } from "./daemon_proxy.ts";
import { engineSteps } from "./install_steps.ts";
import { installCommand } from "./requirements.ts";

Deno.test("both spellings, quoted as systemd reads them; nothing without a proxy", () => {
  assert.equal(proxyEnvironment({ no_proxy: "localhost" }), "");
  assert.equal(proxyEnvironment({ http_proxy: "" }), "");
  assert.equal(
    proxyEnvironment({ HTTPS_PROXY: 'http://u:a"$b\\@p:1', no_proxy: "localhost" }),
    'HTTPS_PROXY="http://u:a\\"\\$b\\\\@p:1"\nhttps_proxy="http://u:a\\"\\$b\\\\@p:1"\n' +
      'NO_PROXY="localhost"\nno_proxy="localhost"\n',
  );
});

Deno.test("the login is in a file of root's alone, and the second time nothing is done", () =>
  withFakeHost({ env: { https_proxy: "http://user:word@proxy:3128" } }, async (host) => {
    host.process.expect(["systemctl", "daemon-reload"]).expect([
      "systemctl",
      "try-restart",
      "docker",
    ]);
    host.files.putDirectory("/etc");
    const [step] = daemonProxySteps(host, true);
    assert.ok(step !== undefined);
    assert.equal(await step.isDone(), false);
    const report = { detail: () => undefined, services: () => undefined };
    await step.run(report, new AbortController().signal);
    assert.equal(await step.isDone(), true);
    const tree = host.files.tree("/etc");
    assert.doesNotMatch(
      tree["/etc/systemd/system/docker.service.d/rxdx-setup-proxy.conf"] ?? "",
      /word/,
    );
    assert.match(
      tree["/etc/docker/rxdx-setup-proxy.env"] ?? "",
      /^HTTPS_PROXY="http:\/\/user:word@/,
    );
    const secret = await host.files.stat("/etc/docker/rxdx-setup-proxy.env");
    assert.equal(secret?.mode, 0o600);
  }));

Deno.test("what stands in daemon.json already is left to count", () =>
  withFakeHost({ env: { https_proxy: "http://proxy:3128" } }, async (host) => {
    host.files.put("/etc/docker/daemon.json", '{ "proxies": { "https-proxy": "http://other:1" } }');
    assert.equal(await daemonProxySteps(host, true)[0]?.isDone(), true);
  }));

Deno.test("only an engine that is installed by us, and only where systemd starts it", () =>
  withFakeHost({ env: { https_proxy: "http://proxy:3128" } }, (host) => {
    const absent = { engine: { state: "absent" as const } };
    const ids = (facts: Parameters<typeof sampleFacts>[0]) =>
      engineSteps(host, sampleFacts(facts)).map((step) => step.id);
    assert.deepEqual(ids(absent), ["engine-packages", "engine-proxy", "engine-start"]);
    assert.deepEqual(ids({ ...absent, systemd: false }), ["engine-packages", "engine-start"]);
    assert.deepEqual(ids({ engine: { state: "stopped", compose: "2.40.0" } }), ["engine-start"]);
  }));

Deno.test("where it is not installed by us, the whole command to paste is said", () => {
  const os = (id: string, like: string[] = []) => ({
    id,
    like,
    version: "9",
    codename: "",
    name: id,
  });
  const cases: readonly (readonly [ReturnType<typeof os>, RegExp])[] = [
    [
      os("rhel", ["fedora"]),
      /linux\/rhel\/docker-ce\.repo && dnf install -y docker-ce .*compose-plugin && systemctl/,
    ],
    [os("rocky", ["rhel", "centos", "fedora"]), /linux\/centos\/docker-ce\.repo/],
    [os("almalinux", ["rhel", "centos", "fedora"]), /linux\/centos\/docker-ce\.repo/],
    [os("fedora"), /linux\/fedora\/docker-ce\.repo/],
    [os("opensuse-leap", ["suse", "opensuse"]), /^zypper install -y docker docker-compose/],
    [os("arch"), /^pacman -S/],
    [os("alpine"), /^apk add docker docker-cli-compose/],
  ];
  for (const [system, expected] of cases) assert.match(installCommand(system) ?? "", expected);
  assert.equal(installCommand(os("void")), undefined);
});
