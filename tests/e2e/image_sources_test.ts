/**
 * Images from a real registry on loopback, with a login and without, and from a real archive; and what
 * is wrong with either, told apart while the running stack goes on.
 */
import assert from "node:assert/strict";
import type { ImagesLock } from "../../lib/images/lock.ts";
import type { StatusDocument } from "../../lib/observe/status.ts";
import { haveRegistry, LOGIN, startRegistry } from "../support/registry.ts";
import { holdImages, must, productionImages, type Ran, sh, TestStack } from "../support/stack.ts";

const SERVICES = ["backend", "frontend", "nginx", "postgres"] as const;

async function login(address: string, config: string): Promise<void> {
  await must(
    ["docker", "login", "--username", LOGIN.username, "--password-stdin", address],
    { env: { DOCKER_CONFIG: config }, stdin: LOGIN.password },
  );
}

/** Pushes the demo images under other names, and forgets them here. */
async function publish(
  address: string,
  images: ReadonlyMap<string, string>,
  config: string,
  services: readonly string[] = SERVICES,
): Promise<void> {
  for (const service of services) {
    const name = `${address}/rxdx/${service}:1.0`;
    await must(["docker", "tag", images.get(service) ?? "", name]);
    await must(["docker", "push", "--quiet", name], { env: { DOCKER_CONFIG: config } });
    await must(["docker", "rmi", name]);
  }
}

function lockOf(stack: TestStack): ImagesLock {
  return JSON.parse(Deno.readTextFileSync(`${stack.dir}/.rxdx/images.lock`)) as ImagesLock;
}

async function versionOf(stack: TestStack): Promise<string> {
  return (JSON.parse((await stack.ok(["status", "--json"])).stdout) as StatusDocument).stack
    .version;
}

const missing = !await haveRegistry();
if (missing) console.log("SKIPPED: images of a registry: docker-registry is not installed");

Deno.test({
  name: "a stack from a registry with a login",
  ignore: missing,
  fn: async (t) => {
    await using registry = await startRegistry({ login: true });
    await using open = await startRegistry({ login: false });
    await using stack = new TestStack("registry");
    await using _held = await holdImages();
    const images = await productionImages();
    const config = await Deno.makeTempDir({ prefix: "rxdx-docker-" });
    await login(registry.address, config);
    await publish(registry.address, images, config);
    await publish(open.address, images, config, ["backend", "frontend"]);
    const sources = (address: string, more: readonly string[] = []) => [
      "--set",
      "images.source=registry",
      "--set",
      `images.registry=${address}/rxdx`,
      "--set",
      "images.tag=1.0",
      "--set",
      `images.postgres=${
        address === open.address ? images.get("postgres") : `${address}/rxdx/postgres:1.0`
      }`,
      "--set",
      `images.nginx=${
        address === open.address ? images.get("nginx") : `${address}/rxdx/nginx:1.0`
      }`,
      ...more,
    ];
    const init = (more: readonly string[], env: Readonly<Record<string, string>> = {}) =>
      stack.run(["init", "--yes", ...stack.settings(), ...more], { env });
    const named = ["--set", `images.username=${LOGIN.username}`];
    const says = (ran: Ran, code: number, text: RegExp) => {
      assert.equal(ran.code, code, ran.text);
      assert.match(ran.stderr, text);
      assert.ok(!ran.text.includes(LOGIN.password), "the password is shown nowhere");
    };

    await t.step("without a login, and with a wrong one, nothing is started", async () => {
      says(await init(sources(registry.address)), 4, /refuses the login/);
      const wrong = { RXDX_SECRET_REGISTRY_PASSWORD: "not-the-password" };
      says(await init([...sources(registry.address), ...named], wrong), 4, /refuses the login/);
      assert.equal((await stack.containers()).size, 0);
      await Deno.remove(stack.dir, { recursive: true });
    });

    await t.step(
      "with it the stack is healthy, its digests noted, the login left nowhere",
      async () => {
        const home = await Deno.makeTempDir();
        const ran = await init([...sources(registry.address), ...named], {
          RXDX_SECRET_REGISTRY_PASSWORD: LOGIN.password,
          HOME: home,
        });
        assert.equal(ran.code, 0, ran.text);
        assert.ok(!ran.text.includes(LOGIN.password));
        await stack.login();
        assert.equal(await versionOf(stack), "1.0");
        for (const service of SERVICES) {
          assert.match(lockOf(stack).services[service]?.digests[0] ?? "", /@sha256:[0-9a-f]{64}$/);
        }
        const found = await sh(["grep", "-rl", LOGIN.password, home, stack.dir]);
        assert.deepEqual(found.stdout.trim().split("\n"), [`${stack.dir}/.env`]);
        const containers = await must(["docker", "compose", "config"], { cwd: stack.dir });
        assert.ok(!containers.includes("REGISTRY_PASSWORD"), "no container gets it");
        await Deno.remove(home, { recursive: true });
      },
    );

    await t.step("again there is nothing to do", async () => {
      const before = await stack.containers();
      assert.equal((await stack.run(["plan"])).code, 0);
      assert.match((await stack.ok(["apply", "--yes"])).stdout, /Nothing to do/);
      assert.deepEqual(await stack.containers(), before);
    });

    await t.step("doctor tells when the registry has other content under a name", async () => {
      const line = async () => {
        const ran = await stack.run(["doctor", "--json"]);
        const { checks } = JSON.parse(ran.stdout) as {
          checks: { id: string; state: string; detail: string }[];
        };
        return checks.find((each) => each.id === "image-updates") ?? assert.fail(ran.text);
      };
      assert.equal((await line()).state, "ok");
      const [name, other] = [`${registry.address}/rxdx/frontend:1.0`, images.get("nginx") ?? ""];
      const own = await must(["docker", "image", "inspect", "--format", "{{.Id}}", name]);
      const push = () =>
        must(["docker", "push", "--quiet", name], { env: { DOCKER_CONFIG: config } });
      await must(["docker", "tag", other, name]);
      await push();
      const told = await line();
      assert.equal(told.state, "warn", told.detail);
      assert.match(told.detail, /newer content for frontend/);
      await must(["docker", "tag", own, name]);
      await push();
      assert.equal((await line()).state, "ok");
    });

    await t.step("what cannot be had is told, and the stack goes on as it is", async () => {
      const before = await stack.containers();
      const set = (value: string) => stack.ok(["config", "set", value]);
      const refused = async (value: string, text: RegExp) => {
        await set(value);
        assert.match((await stack.run(["plan"])).stdout, /fetch 127\.0\.0\.1/);
        says(await stack.run(["apply", "--yes"]), 4, text);
        assert.deepEqual(await stack.containers(), before);
        assert.equal((await stack.ready()).status, 200);
      };
      await refused("images.tag=9.9", /has no .*backend:9\.9/);
      await set("images.tag=1.0");
      await refused("images.registry=127.0.0.1:1/rxdx", /could not be fetched/);
      await set(`images.registry=${registry.address}/rxdx`);
      assert.equal((await stack.run(["plan"])).code, 0);
    });

    await t.step("a registry without a login needs none", async () => {
      await stack.ok(["config", "set", "images.username=", `images.registry=${open.address}/rxdx`]);
      await stack.ok(["apply", "--yes"]);
      assert.match(lockOf(stack).services["backend"]?.image ?? "", new RegExp(open.address));
      await stack.login();
    });
    await Deno.remove(config, { recursive: true });
    for (const address of [registry.address, open.address]) {
      for (const service of SERVICES) {
        await sh(["docker", "rmi", "-f", `${address}/rxdx/${service}:1.0`]);
      }
    }
  },
});

Deno.test("a stack from an archive", async (t) => {
  await using stack = new TestStack("archive");
  await using _held = await holdImages();
  const images = await productionImages();
  const place = stack.place;
  const tags = SERVICES.map((service) => `${stack.name}/${service}:2.1`);
  for (const service of SERVICES) {
    await must(["docker", "tag", images.get(service) ?? "", `${stack.name}/${service}:2.1`]);
  }
  const file = `${place}/rxdx.tar`;
  await must(["docker", "save", "--output", file, ...tags]);
  const forget = () => must(["docker", "rmi", "--force", ...tags]);
  await forget();
  const sources = (
    path: string,
  ) => ["--set", "images.source=archive", "--set", `images.file=${path}`];
  const init = (path: string) =>
    stack.run(["init", "--yes", ...stack.settings(), ...sources(path)]);

  await t.step(
    "a file that is none, is cut off, or lacks a service is refused before anything",
    async () => {
      await Deno.writeTextFile(`${place}/text.tar`, "not an archive\n".repeat(100));
      await must(["sh", "-c", `head -c 2000000 "$1" > "$2"`, "sh", file, `${place}/cut.tar`]);
      await must(["docker", "tag", images.get("nginx") ?? "", tags[2] ?? ""]);
      await must(["docker", "save", "--output", `${place}/one.tar`, tags[2] ?? ""]);
      await must(["docker", "rmi", tags[2] ?? ""]);
      for (
        const [path, text] of [
          [`${place}/none.tar`, /must be a file that is there/],
          [`${place}/text.tar`, /cannot be read as an archive/],
          [`${place}/cut.tar`, /cut off|no manifest/],
          [`${place}/one.tar`, /has no image for postgres, backend, frontend/],
        ] as const
      ) {
        const ran = await init(path);
        assert.equal(ran.code, 3, ran.text);
        assert.match(ran.stderr, /images\.file/);
        assert.match(ran.stderr, text);
      }
      await assert.rejects(Deno.stat(stack.dir), "nothing was written");
    },
  );

  await t.step("the archive alone makes a healthy stack", async () => {
    const ran = await init(file);
    assert.equal(ran.code, 0, ran.text);
    await stack.login();
    assert.equal(await versionOf(stack), "2.1");
    assert.equal(lockOf(stack).origin?.kind, "archive");
    const before = await stack.containers();
    assert.equal((await stack.run(["plan"])).code, 0);
    assert.match((await stack.ok(["apply", "--yes"])).stdout, /Nothing to do/);
    assert.deepEqual(await stack.containers(), before);
  });

  await t.step("compressed it is the same", async () => {
    await must(["gzip", "--fast", file]);
    await stack.ok(["config", "set", `images.file=${file}.gz`]);
    await stack.ok(["apply", "--yes"]);
    await stack.login();
    assert.equal((await stack.run(["plan"])).code, 0);
    await Deno.rename(`${file}.gz`, `${file}.away`);
    await stack.ok(["restart", "--yes"]);
    assert.equal((await stack.run(["plan"])).code, 0, "what was loaded is here");
    await Deno.rename(`${file}.away`, `${file}.gz`);
  });

  await t.step("an image of another architecture is refused, and the stack goes on", async () => {
    await Deno.writeTextFile(`${place}/Dockerfile`, "FROM scratch\nCOPY Dockerfile /\n");
    const wrong = `${stack.name}/arm/backend:2.1`;
    await must(["docker", "build", "-q", "--platform", "linux/arm64", "-t", wrong, place], {
      env: { DOCKER_BUILDKIT: "1" },
    });
    const other = `${place}/arm.tar`;
    await must(["docker", "save", "--output", other, wrong, ...tags.slice(1)]);
    const before = await stack.containers();
    await stack.ok(["config", "set", `images.file=${other}`]);
    const ran = await stack.run(["apply", "--yes"]);
    assert.equal(ran.code, 4, ran.text);
    assert.match(ran.stderr, /is made for arm64; this machine is/);
    assert.deepEqual(await stack.containers(), before);
    assert.equal((await stack.ready()).status, 200);
    await must(["docker", "rmi", wrong]);
  });
  await must(["docker", "compose", "--project-name", stack.name, "down", "--timeout", "1"]);
  await forget();
});
