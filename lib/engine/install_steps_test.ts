/** How an engine is had: every command, in order, on each kind of machine. */
import assert from "node:assert/strict";
import { FakeHost, withFakeHost } from "../../tests/support/fake_host.ts";
import { REST } from "../../tests/support/fake_host_process.ts";
import { sampleFacts } from "../../tests/support/samples.ts";
import { EXIT, SetupError } from "../errors.ts";
import type { Facts } from "../plan/facts.ts";
import { describeNeed, engineSteps } from "./install_steps.ts";

const ABSENT = { engine: { state: "absent" as const } };
const KEY = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n…\n";
const DEBIAN_11 = {
  id: "debian",
  like: [],
  version: "11",
  codename: "bullseye",
  name: "Debian 11",
};
const DEBIAN_13 = { id: "debian", like: [], version: "13", codename: "trixie", name: "Debian 13" };
const UBUNTU = {
  id: "ubuntu",
  like: ["debian"],
  version: "24.04",
  codename: "noble",
  name: "Ubuntu 24.04",
};

const SOURCES = "deb http://mirror.example.org/debian bookworm main\n";

async function runAll(host: FakeHost, facts: Facts): Promise<void> {
  const signal = new AbortController().signal;
  const report = { detail: () => undefined, services: () => undefined };
  for (const step of engineSteps(host, facts)) {
    if (!await step.isDone()) await step.run(report, signal);
  }
}

function missing(host: FakeHost): void {
  host.process.expect(["dockerd", "--version"], { code: 127 })
    .expect(["docker", "compose", "version"], { code: 127 });
}

/** Silent `times` times, then it answers. */
function answersAfter(host: FakeHost, times: number): void {
  let asked = 0;
  host.net.allow("GET", "/_ping", () => ++asked > times ? { body: "OK" } : "refused");
}

Deno.test("a ready engine needs no step", () => {
  assert.deepEqual(engineSteps(new FakeHost(), sampleFacts()), []);
});

Deno.test("where nothing may be done the error is exit 4 and names the command", () => {
  assert.throws(
    () => engineSteps(new FakeHost(), sampleFacts({ ...ABSENT, uid: 1000 })),
    (error) =>
      error instanceof SetupError && error.exit === EXIT.prerequisite &&
      error.hint === "Run the same command with sudo: sudo rxdx-setup engine --yes",
  );
});

Deno.test("with the vendor's repository in reach its packages are installed, signed by its key", () =>
  withFakeHost({}, async (host) => {
    host.files.putDirectory("/etc/apt/sources.list.d");
    missing(host);
    host.process.expect(["curl", REST], KEY)
      .expect(["apt-get", "update"])
      .expect([
        "apt-get",
        "install",
        "--yes",
        "--no-install-recommends",
        "docker-ce",
        "docker-ce-cli",
        "containerd.io",
        "docker-buildx-plugin",
        "docker-compose-plugin",
      ])
      .expect(["systemctl", "enable", "--now", "docker"]);
    answersAfter(host, 2);
    await runAll(host, sampleFacts(ABSENT));
    const tree = host.files.tree("/etc/apt");
    assert.equal(tree["/etc/apt/keyrings/docker.asc"], KEY);
    assert.match(tree["/etc/apt/sources.list.d/docker.sources"] ?? "", /Suites: bookworm\n/);
    const curl = host.process.calls.find((call) => call.argv[0] === "curl");
    assert.ok(curl?.argv.includes("=https") && curl.argv.includes("--tlsv1.2"));
    assert.equal(curl?.argv.at(-1), "https://download.docker.com/linux/debian/gpg");
    const apt = host.process.calls.filter((call) => call.argv[0] === "apt-get");
    for (const { options } of apt) assert.equal(options.env?.["DEBIAN_FRONTEND"], "noninteractive");
  }));

Deno.test("without it, Debian 12 takes a newer suite's packages, pinned before the source is there", () =>
  withFakeHost({}, async (host) => {
    host.files.put("/etc/apt/sources.list", SOURCES);
    host.files.putDirectory("/etc/apt/sources.list.d");
    host.files.putDirectory("/etc/apt/preferences.d");
    missing(host);
    host.process.expect(["curl", REST], { code: 28, stderr: "timed out" })
      .expect(["apt-get", "update"])
      .expect(["apt-get", "install", "--yes", "--no-install-recommends", "docker.io/trixie", REST]);
    answersAfter(host, 1);
    await runAll(host, sampleFacts({ ...ABSENT, systemd: false }));
    const writes = host.files.mutations.filter((each) => each.action === "write")
      .map((each) => each.path);
    assert.deepEqual(writes, [
      "/etc/apt/preferences.d/rxdx-setup-docker",
      "/etc/apt/sources.list.d/rxdx-setup-docker.sources",
    ]);
    assert.match(
      host.files.tree()["/etc/apt/sources.list.d/rxdx-setup-docker.sources"] ?? "",
      /URIs: http:\/\/mirror\.example\.org\/debian\nSuites: trixie\nComponents: main\nSigned-By: /,
    );
    assert.deepEqual(host.process.daemons, [{
      argv: ["dockerd"],
      logFile: "/var/log/rxdx-setup-dockerd.log",
    }]);
  }));

Deno.test("a page that is no key is not taken for one", () =>
  withFakeHost({}, async (host) => {
    host.files.put("/etc/apt/sources.list", SOURCES);
    host.files.putDirectory("/etc/apt/sources.list.d");
    host.files.putDirectory("/etc/apt/preferences.d");
    missing(host);
    host.process.expect(["curl", REST], "<html>Please log in to this network</html>")
      .expect(["apt-get", "update"])
      .expect(["apt-get", "install", REST]);
    answersAfter(host, 0);
    await runAll(host, sampleFacts(ABSENT));
    assert.ok(!host.files.has("/etc/apt/keyrings/docker.asc"));
  }));

Deno.test("Debian 13 and Ubuntu take their own packages, and no suite is added", async () => {
  for (
    const [os, first] of [[DEBIAN_13, "docker.io"], [UBUNTU, "docker.io"]] as const
  ) {
    await withFakeHost({}, async (host) => {
      missing(host);
      host.process.expect(["curl", REST], { code: 6 })
        .expect(["apt-get", "update"])
        .expect(["apt-get", "install", "--yes", "--no-install-recommends", first, REST]);
      answersAfter(host, 0);
      await runAll(host, sampleFacts({ ...ABSENT, os }));
      assert.deepEqual(host.files.mutations, []);
    });
  }
});

Deno.test("Debian 11 never gets packages that would replace its C library", () =>
  withFakeHost({}, async (host) => {
    host.files.put("/etc/apt/sources.list", SOURCES);
    host.files.putDirectory("/etc/apt/sources.list.d");
    host.files.putDirectory("/etc/apt/preferences.d");
    missing(host);
    host.process.expect(["curl", REST], { code: 6 });
    await assert.rejects(
      runAll(host, sampleFacts({ ...ABSENT, os: DEBIAN_11 })),
      (error) =>
        error instanceof SetupError && error.exit === EXIT.prerequisite &&
        /Debian 11/.test(error.message) && /docs\.docker\.com/.test(error.hint ?? ""),
    );
    assert.deepEqual(host.files.mutations, [], "and no source of another suite is left behind");
  }));

Deno.test("without a mirror in apt's own sources it says so", () =>
  withFakeHost({}, async (host) => {
    missing(host);
    host.process.expect(["curl", REST], { code: 6 });
    await assert.rejects(
      runAll(host, sampleFacts(ABSENT)),
      (error) => error instanceof SetupError && error.code === "no_apt_mirror",
    );
  }));

Deno.test("a failed installation is exit 4 with the end of apt's own words", () =>
  withFakeHost({}, async (host) => {
    missing(host);
    host.process.expect(["curl", REST], { code: 6 })
      .expect(["apt-get", "update"], { code: 100, stderr: "E: Could not resolve 'mirror'" });
    await assert.rejects(
      runAll(host, sampleFacts({ ...ABSENT, os: DEBIAN_13 })),
      (error) =>
        error instanceof SetupError && error.exit === EXIT.prerequisite &&
        /Could not resolve 'mirror'/.test(error.message),
    );
  }));

Deno.test("a daemon that never answers is told with the end of its log", () =>
  withFakeHost({}, async (host) => {
    host.net.allow("GET", "/_ping", "refused");
    host.files.put("/var/log/rxdx-setup-dockerd.log", "starting\nfailed: iptables not found\n");
    const facts = sampleFacts({
      engine: { state: "stopped", compose: "2.40.0" },
      systemd: false,
    });
    await assert.rejects(
      runAll(host, facts),
      (error) =>
        error instanceof SetupError && error.code === "engine_start_failed" &&
        /after 60 seconds\.\nstarting\nfailed: iptables not found/.test(error.message),
    );
    assert.ok(host.clock.monotonic() >= 60_000 && host.clock.monotonic() < 61_000);
  }));

Deno.test("what will be done is said in words before it is done", () => {
  assert.equal(describeNeed(sampleFacts()), "Docker Engine 28.5.1 with Compose 2.40.0");
  assert.match(
    describeNeed(sampleFacts(ABSENT)),
    /^Install Docker Engine and Compose \(from download\.docker\.com where/,
  );
  assert.equal(
    describeNeed(sampleFacts({ engine: { state: "stopped", compose: "2.40.0" } })),
    "Start the Docker daemon",
  );
});
