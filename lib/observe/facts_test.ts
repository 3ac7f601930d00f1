/** What is measured of the machine, and what a silent engine means. */
import assert from "node:assert/strict";
import { machineOf } from "../../tests/support/fake_host_machine.ts";
import { measure, parseOsRelease } from "./facts.ts";

Deno.test("os-release is read in all its spellings", () => {
  const values = parseOsRelease(
    'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n' +
      "VERSION_CODENAME='bookworm'\nHOME_URL=\"https://www.debian.org/\"\n# comment\n\nBROKEN\n",
  );
  assert.equal(values.get("PRETTY_NAME"), "Debian GNU/Linux 12 (bookworm)");
  assert.equal(values.get("ID"), "debian");
  assert.equal(values.get("VERSION_ID"), "12");
  assert.equal(values.get("VERSION_CODENAME"), "bookworm");
  assert.equal(values.has("BROKEN"), false);
  assert.equal(parseOsRelease("").size, 0);
});

const options = { dir: "/opt/rxdx", ports: [80] };

Deno.test("without os-release the machine is a Linux nobody knows", async () => {
  const { host } = machineOf();
  await host.files.remove("/etc/os-release");
  const { os } = await measure(host, options);
  assert.deepEqual(os, { id: "linux", like: [], version: "", codename: "", name: "Linux" });
});

Deno.test("a relative of Ubuntu or Debian takes the packages of the release it is made from", async () => {
  for (
    const [text, codename] of [
      [
        'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_CODENAME=xia\nUBUNTU_CODENAME=noble',
        "noble",
      ],
      ["ID=linuxmint\nID_LIKE=debian\nVERSION_CODENAME=gigi\nDEBIAN_CODENAME=trixie", "trixie"],
      ["ID=debian\nVERSION_CODENAME=forky", "forky"],
    ] as const
  ) {
    const { host } = machineOf();
    host.files.put("/etc/os-release", `${text}\n`);
    assert.equal((await measure(host, options)).os.codename, codename);
  }
});

Deno.test("the other place of os-release is asked when the first is empty of it", async () => {
  const { host } = machineOf();
  await host.files.remove("/etc/os-release");
  host.files.put("/usr/lib/os-release", "ID=alpine\nVERSION_ID=3.20\n");
  assert.equal((await measure(host, options)).os.id, "alpine");
});

Deno.test("what Docker's proxy holds is told as the container behind it", async () => {
  const { host } = machineOf({
    listeners: [{
      port: 80,
      address: "0.0.0.0",
      pid: 900,
      process: "docker-proxy",
      container: "shop-web-1",
      project: "shop",
    }],
  });
  const { listeners } = await measure(host, options);
  assert.equal(listeners[0]?.project, "shop");
  assert.match(listeners[0]?.container ?? "", /^shop-/);
});

Deno.test("an engine whose details cannot be had is running all the same", async () => {
  const { host } = machineOf();
  host.net.allow("GET", "/v1.44/info", { status: 500 });
  const { engine } = await measure(host, options);
  assert.deepEqual(engine, { state: "running", version: "28.5.1", compose: "2.40.0" });
});

Deno.test("measuring changes nothing", async () => {
  const { host } = machineOf();
  await measure(host, options);
  assert.deepEqual(host.files.mutations, []);
});

Deno.test("proxies are kept without their login, in either case of the variable", async () => {
  const env = {
    HTTP_PROXY: "http://user:canary@proxy.example.com:3128",
    https_proxy: "user:can@ary@proxy.example.com:3129",
    HTTPS_PROXY: "http://not-this.example.com",
    NO_PROXY: "localhost,.example.com",
  };
  const { host } = machineOf({}, { env });
  const facts = await measure(host, options);
  assert.deepEqual(facts.proxies, {
    http: "http://proxy.example.com:3128",
    https: "proxy.example.com:3129",
    no: "localhost,.example.com",
  });
  assert.doesNotMatch(JSON.stringify(facts), /canary|can@/);
});

Deno.test("the daemon's own proxies and whether it runs without root", async () => {
  const { engine } = await measure(
    machineOf({
      engine: {
        state: "running",
        version: "28.5.1",
        rootless: true,
        proxies: { http: "http://a:canary@proxy.example.com:1", https: "", no: "localhost" },
      },
    }).host,
    options,
  );
  assert.equal(engine.rootless, true);
  assert.deepEqual(engine.proxies, {
    http: "http://proxy.example.com:1",
    https: "",
    no: "localhost",
  });
});

Deno.test("projects on this machine, and an install in the directory", async () => {
  const { host, engine } = machineOf();
  for (const service of ["nginx", "frontend", "backend", "backend", "postgres"]) {
    engine.containers.push({ project: "trial", service, workingDir: "/opt/trial" });
  }
  engine.containers.push({ project: "shop", service: "web", workingDir: "/srv/shop" });
  engine.containers.push({ project: "", service: "by-hand" });
  host.files.put("/opt/rxdx/rxdx.yml", "schema: 1\n");
  const facts = await measure(host, options);
  assert.deepEqual(facts.projects, [
    { name: "shop", dir: "/srv/shop", containers: 1, rxdx: false },
    { name: "trial", dir: "/opt/trial", containers: 5, rxdx: true },
  ]);
  assert.equal(facts.installed, true);
  assert.equal((await measure(machineOf().host, options)).installed, false);
});
