/** Which machine is ready, which can be made so and how, and which is refused with what hint. */
import assert from "node:assert/strict";
import { sampleFacts } from "../../tests/support/samples.ts";
import type { EngineFacts, Facts } from "../plan/facts.ts";
import {
  asRoot,
  atLeast,
  distributionPackages,
  engineNeed,
  parseVersion,
  pinFile,
  sourceFile,
  vendorRepository,
} from "./requirements.ts";

const os = (
  id: string,
  version: string,
  codename: string,
  like: readonly string[] = [],
): Facts["os"] => ({ id, version, codename, like, name: `${id} ${version}` });

const DEBIAN_11 = os("debian", "11", "bullseye");
const DEBIAN_12 = os("debian", "12", "bookworm");
const DEBIAN_13 = os("debian", "13", "trixie");
const UBUNTU = os("ubuntu", "24.04", "noble", ["debian"]);
const MINT = os("linuxmint", "22", "wilma", ["ubuntu", "debian"]);
const RASPBIAN = os("raspbian", "12", "bookworm", ["debian"]);
const RHEL = os("rhel", "9.4", "", ["fedora"]);
const ALPINE = os("alpine", "3.20", "");

const ABSENT: EngineFacts = { state: "absent" };
const GOOD: EngineFacts = { state: "running", version: "28.5.1", compose: "2.40.0" };

interface Case {
  readonly title: string;
  readonly facts: Partial<Facts>;
  readonly kind: "ready" | "start" | "install" | "refuse";
  /** Must be in the reason, the hint, the warning or the route. */
  readonly says?: RegExp;
}

const CASES: readonly Case[] = [
  { title: "a recent engine is ready", facts: { engine: GOOD }, kind: "ready" },
  {
    title: "an engine before 28.3.3 is ready, with a warning",
    facts: { engine: { ...GOOD, version: "28.3.2" } },
    kind: "ready",
    says: /CVE-2025-54388/,
  },
  {
    title: "Debian 13's own engine is ready, with a warning",
    facts: { os: DEBIAN_13, engine: { ...GOOD, version: "26.1.5+dfsg1", compose: "2.26.1-4" } },
    kind: "ready",
    says: /26\.1\.5\+dfsg1 is older than 28\.3\.3/,
  },
  {
    title: "the oldest engine that will do",
    facts: { engine: { ...GOOD, version: "25.0.0" } },
    kind: "ready",
  },
  {
    title: "an engine that is too old is refused, not replaced",
    facts: { engine: { ...GOOD, version: "24.0.9" } },
    kind: "refuse",
    says: /24\.0\.9 is too old; 25\.0\.0 or newer/,
  },
  {
    title: "Debian 12's own engine is refused",
    facts: { engine: { ...GOOD, version: "20.10.24+dfsg1" } },
    kind: "refuse",
    says: /too old/,
  },
  {
    title: "the oldest Compose that will do",
    facts: { engine: { ...GOOD, compose: "2.24.4" } },
    kind: "ready",
  },
  {
    title: "a Compose that is too old is refused",
    facts: { engine: { ...GOOD, compose: "2.24.3" } },
    kind: "refuse",
    says: /Compose 2\.24\.3 is too old; 2\.24\.4 or newer/,
  },
  {
    title: "an engine without Compose: Compose is installed, as root",
    facts: { engine: { state: "running", version: "28.5.1" } },
    kind: "install",
    says: /debian/,
  },
  {
    title: "an engine without Compose, not as root",
    facts: { engine: { state: "running", version: "28.5.1" }, uid: 1000 },
    kind: "refuse",
    says: /sudo \/usr\/local\/bin\/rxdx-setup engine --yes/,
  },
  {
    title: "an engine that is stopped is started, as root",
    facts: { engine: { state: "stopped", compose: "2.40.0" } },
    kind: "start",
  },
  {
    title: "an engine that is stopped, not as root, with systemd",
    facts: { engine: { state: "stopped", compose: "2.40.0" }, uid: 1000 },
    kind: "refuse",
    says: /sudo systemctl start docker/,
  },
  {
    title: "an engine that is stopped, not as root, without systemd",
    facts: { engine: { state: "stopped", compose: "2.40.0" }, uid: 1000, systemd: false },
    kind: "refuse",
    says: /dockerd/,
  },
  {
    title: "an engine that this user may not use",
    facts: { engine: { state: "denied", compose: "2.40.0" }, uid: 1000 },
    kind: "refuse",
    says: /usermod -aG docker.*as root: sudo \/usr\/local\/bin\/rxdx-setup …/,
  },
  { title: "Debian 12 without one", facts: { os: DEBIAN_12, engine: ABSENT }, kind: "install" },
  { title: "Debian 13 without one", facts: { os: DEBIAN_13, engine: ABSENT }, kind: "install" },
  {
    title: "Debian 11 without one: from the vendor only",
    facts: { os: DEBIAN_11, engine: ABSENT },
    kind: "install",
    says: /debian/,
  },
  {
    title: "Ubuntu without one",
    facts: { os: UBUNTU, engine: ABSENT },
    kind: "install",
    says: /ubuntu/,
  },
  {
    title: "what is like Ubuntu and like Debian counts as Ubuntu",
    facts: { os: MINT, engine: ABSENT },
    kind: "install",
    says: /ubuntu/,
  },
  {
    title: "what is like Debian",
    facts: { os: RASPBIAN, engine: ABSENT },
    kind: "install",
    says: /debian/,
  },
  {
    title: "not as root nothing is installed",
    facts: { os: DEBIAN_12, engine: ABSENT, uid: 1000 },
    kind: "refuse",
    says: /needs root.*sudo \/usr\/local\/bin\/rxdx-setup engine --yes/s,
  },
  {
    title: "RHEL is told where to get it",
    facts: { os: RHEL, engine: ABSENT },
    kind: "refuse",
    says: /rhel 9\.4 is not one.*docker\.com\/linux\/rhel\/docker-ce\.repo/s,
  },
  {
    title: "Alpine is told where to get it",
    facts: { os: ALPINE, engine: ABSENT },
    kind: "refuse",
    says: /alpine 3\.20 is not one/,
  },
  {
    title: "RHEL with a running engine is ready",
    facts: { os: RHEL, engine: GOOD },
    kind: "ready",
  },
  {
    title: "Alpine with a running engine is ready",
    facts: { os: ALPINE, engine: GOOD, uid: 1000 },
    kind: "ready",
  },
];

for (const { title, facts, kind, says } of CASES) {
  Deno.test(`engine: ${title} → ${kind}`, () => {
    const need = engineNeed(sampleFacts(facts));
    assert.equal(need.kind, kind, JSON.stringify(need));
    if (says !== undefined) {
      assert.match(
        need.kind === "refuse"
          ? `${need.reason} ${need.hint}`
          : need.kind === "ready"
          ? need.warning ?? ""
          : need.kind === "install"
          ? need.route
          : "",
        says,
      );
    }
    if (need.kind === "refuse") assert.ok(need.hint.length > 5, "what to do");
  });
}

Deno.test("behind sudo the program is called by its place, where it has one", () => {
  const inHome = sampleFacts({ program: "/home/ana maria/.local/bin/rxdx-setup" });
  assert.equal(
    asRoot(inHome, "engine", "--yes"),
    "sudo '/home/ana maria/.local/bin/rxdx-setup' engine --yes",
  );
  const { program: _, ...sources } = sampleFacts();
  assert.equal(asRoot(sources, "engine"), "sudo rxdx-setup engine");
});

Deno.test("versions are compared number by number", () => {
  assert.deepEqual(parseVersion("26.1.5+dfsg1"), [26, 1, 5]);
  assert.deepEqual(parseVersion("v2.26.1-4"), [2, 26, 1]);
  assert.deepEqual(parseVersion("nonsense"), [0]);
  assert.ok(atLeast("2.24.10", [2, 24, 4]), "10 is more than 4");
  assert.ok(atLeast("3.0", [2, 24, 4]));
  assert.ok(atLeast("2.24.4", [2, 24, 4]));
  assert.ok(atLeast("25", [25, 0, 0]));
  assert.ok(!atLeast("2.9.9", [2, 24, 4]));
  assert.ok(!atLeast("24.99.99", [25, 0, 0]));
  assert.ok(!atLeast("", [1, 0, 0]));
});

Deno.test("packages come from the named suite only, unless it is the machine's own", () => {
  assert.deepEqual(distributionPackages("debian", "trixie"), [
    "docker.io/trixie",
    "docker-cli/trixie",
    "docker-compose/trixie",
    "docker-buildx/trixie",
    "iptables",
  ]);
  assert.deepEqual(distributionPackages("debian"), [
    "docker.io",
    "docker-cli",
    "docker-compose",
    "docker-buildx",
    "iptables",
  ]);
  assert.ok(distributionPackages("ubuntu").includes("docker-compose-v2"));
  assert.match(pinFile(), /^Package: \*\nPin: release n=trixie\nPin-Priority: 50\n$/);
});

Deno.test("an apt source is deb822, signed by the named key", () => {
  assert.equal(
    sourceFile({
      uri: vendorRepository("debian"),
      suite: "bookworm",
      components: "stable",
      signedBy: "/etc/apt/keyrings/docker.asc",
    }),
    "Types: deb\nURIs: https://download.docker.com/linux/debian\nSuites: bookworm\n" +
      "Components: stable\nSigned-By: /etc/apt/keyrings/docker.asc\n",
  );
});
