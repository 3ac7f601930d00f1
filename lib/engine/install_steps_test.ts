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

/** As the vendor calls what it has for one suite. */
const RELEASE = "Origin: Docker\nLabel: Docker CE\nSuite: bookworm\nCodename: bookworm\n";
const POLICY = ["apt-cache", "policy", "docker-ce"];
const CANDIDATE = "docker-ce:\n  Installed: (none)\n  Candidate: 5:28.5.1-1~debian.12~bookworm\n";
const VENDOR_SOURCE = "/etc/apt/sources.list.d/docker.sources";
const MINT = {
  id: "linuxmint",
  like: ["ubuntu", "debian"],
  version: "22.1",
  codename: "noble",
  name: "Linux Mint 22.1",
};
const TESTING = {
  id: "debian",
  like: [],
  version: "",
  codename: "forky",
  name: "Debian GNU/Linux forky/sid",
};

const SOURCES = "deb http://mirror.example.org/debian bookworm main\n";

/** Returns what was told meanwhile. */
async function runAll(host: FakeHost, facts: Facts): Promise<string[]> {
  const signal = new AbortController().signal;
  const details: string[] = [];
  const report = { detail: (text: string) => details.push(text), services: () => undefined };
  for (const step of engineSteps(host, facts)) {
    if (!await step.isDone()) await step.run(report, signal);
  }
  return details;
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
      error.hint === "sudo /usr/local/bin/rxdx-setup engine --yes",
  );
});

Deno.test("with the vendor's repository in reach its packages are installed, signed by its key", () =>
  withFakeHost({}, async (host) => {
    host.files.putDirectory("/etc/apt/sources.list.d");
    missing(host);
    host.process.expect(["curl", REST], KEY)
      .expect(["curl", REST], RELEASE)
      .expect(["apt-get", "update"]).expect(POLICY, CANDIDATE)
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
    const curls = host.process.calls.filter((call) => call.argv[0] === "curl");
    for (const { argv } of curls) assert.ok(argv.includes("=https") && argv.includes("--tlsv1.2"));
    assert.deepEqual(curls.map((curl) => curl.argv.at(-1)), [
      "https://download.docker.com/linux/debian/gpg",
      "https://download.docker.com/linux/debian/dists/bookworm/Release",
    ]);
    const apt = host.process.calls.filter((call) => call.argv[0] === "apt-get");
    for (const { options } of apt) assert.equal(options.env?.["DEBIAN_FRONTEND"], "noninteractive");
  }));

Deno.test("a release that the vendor does not serve takes its own packages, and no source is written", async () => {
  for (
    const [os, url, names] of [
      [
        { ...UBUNTU, version: "28.04", codename: "zany" },
        "ubuntu/dists/zany/Release",
        ["docker.io", "docker-compose-v2"],
      ],
      [TESTING, "debian/dists/forky/Release", ["docker.io", "docker-cli"]],
    ] as const
  ) {
    await withFakeHost({}, async (host) => {
      missing(host);
      host.process.expect(["curl", REST], KEY)
        .expect(["curl", REST], { code: 22, stderr: "The requested URL returned error: 404" })
        .expect(["apt-get", "update"])
        .expect(["apt-get", "install", "--yes", "--no-install-recommends", ...names, REST]);
      answersAfter(host, 0);
      const details = await runAll(host, sampleFacts({ ...ABSENT, os }));
      assert.equal(
        host.process.calls.filter((call) => call.argv[0] === "curl").at(-1)?.argv.at(-1),
        `https://download.docker.com/linux/${url}`,
      );
      assert.ok(
        details.includes(
          `The vendor's repository has no packages for ${os.codename}; ` +
            "using the distribution's packages",
        ),
        details.join("\n"),
      );
      assert.deepEqual(host.files.mutations, []);
    });
  }
});

Deno.test("a page of a proxy in place of the vendor's release writes no source", () =>
  withFakeHost({}, async (host) => {
    missing(host);
    host.process.expect(["curl", REST], KEY)
      .expect(["curl", REST], "<html>Please log in to this network</html>")
      .expect(["apt-get", "update"])
      .expect(["apt-get", "install", REST]);
    answersAfter(host, 0);
    await runAll(host, sampleFacts({ ...ABSENT, os: DEBIAN_13 }));
    assert.deepEqual(host.files.mutations, []);
  }));

Deno.test("a relative of Ubuntu takes the vendor's packages for what it is made from", () =>
  withFakeHost({}, async (host) => {
    host.files.putDirectory("/etc/apt/sources.list.d");
    missing(host);
    host.process.expect(["curl", REST], KEY).expect(["curl", REST], RELEASE)
      .expect(["apt-get", "update"]).expect(POLICY, CANDIDATE)
      .expect(["apt-get", "install", "--yes", "--no-install-recommends", "docker-ce", REST]);
    answersAfter(host, 0);
    await runAll(host, sampleFacts({ ...ABSENT, os: MINT }));
    assert.match(
      host.files.tree()[VENDOR_SOURCE] ?? "",
      /URIs: https:\/\/download\.docker\.com\/linux\/ubuntu\nSuites: noble\n/,
    );
  }));

Deno.test("a source that apt does not accept is not left behind", async () => {
  const refused = { code: 100, stderr: "E: The repository does not have a Release file." };
  const left = (host: FakeHost) =>
    Object.keys(host.files.tree("/etc/apt")).filter((path) =>
      /sources\.list\.d|preferences/.test(path)
    );
  await withFakeHost({}, async (host) => {
    host.files.putDirectory("/etc/apt/sources.list.d");
    missing(host);
    host.process.expect(["curl", REST], KEY).expect(["curl", REST], RELEASE)
      .expect(["apt-get", "update"], refused);
    await assert.rejects(runAll(host, sampleFacts(ABSENT)), /does not have a Release file/);
    assert.deepEqual(left(host), []);
  });
  await withFakeHost({}, async (host) => {
    host.files.put("/etc/apt/sources.list", SOURCES);
    host.files.putDirectory("/etc/apt/sources.list.d");
    host.files.putDirectory("/etc/apt/preferences.d");
    missing(host);
    host.process.expect(["curl", REST], { code: 6 }).expect(["apt-get", "update"], refused);
    await assert.rejects(runAll(host, sampleFacts(ABSENT)), /does not have a Release file/);
    assert.deepEqual(left(host), []);
  });
});

Deno.test("killed before apt has read the source, the next run begins without it", () =>
  withFakeHost({}, async (host) => {
    const written = "# Written by rxdx-setup\nTypes: deb\nSuites: trixie\n";
    host.files.put(VENDOR_SOURCE, written);
    missing(host);
    host.process.expect(["curl", REST], { code: 6 })
      .expect(["apt-get", "update"])
      .expect(["apt-get", "install", REST]);
    answersAfter(host, 0);
    await runAll(host, sampleFacts({ ...ABSENT, os: DEBIAN_13 }));
    assert.ok(!host.files.has(VENDOR_SOURCE));
  }));

Deno.test("a source of the operator's own is used and never changed", () =>
  withFakeHost({}, async (host) => {
    const own = "Types: deb\nURIs: https://mirror.example.org/docker\nSuites: bookworm\n";
    host.files.put(VENDOR_SOURCE, own);
    missing(host);
    host.process.expect(["apt-get", "update"], { code: 100 });
    await assert.rejects(runAll(host, sampleFacts(ABSENT)));
    assert.equal(host.files.tree()[VENDOR_SOURCE], own);
    assert.deepEqual(host.files.mutations, []);
  }));

Deno.test("where apt finds none of the vendor's packages, the distribution's are taken", async () => {
  const none = "docker-ce:\n  Installed: (none)\n  Candidate: (none)\n";
  const own = "Types: deb\nURIs: https://mirror.example.org/docker\nSuites: trixie\n";
  for (const [before, policy] of [[undefined, none], [own, ""]] as const) {
    await withFakeHost({}, async (host) => {
      host.files.putDirectory("/etc/apt/sources.list.d");
      if (before !== undefined) host.files.put(VENDOR_SOURCE, before);
      missing(host);
      if (before === undefined) {
        host.process.expect(["curl", REST], KEY).expect(["curl", REST], RELEASE);
      }
      host.process.expect(["apt-get", "update"], "", 2).expect(POLICY, policy)
        .expect(["apt-get", "install", "--yes", "--no-install-recommends", "docker.io", REST]);
      answersAfter(host, 0);
      await runAll(host, sampleFacts({ ...ABSENT, os: DEBIAN_13 }));
      assert.equal(host.files.tree()[VENDOR_SOURCE], before);
    });
  }
});

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
