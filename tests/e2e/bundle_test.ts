/**
 * The offline bundle from its making to a healthy stack, in a network namespace without a route: nothing is
 * pulled, nothing is built, what is damaged or somebody else's is refused, and a kill is survived.
 */
import assert from "node:assert/strict";
import type { Service } from "../../lib/engine/compose.ts";
import type { VerifiedBundle } from "../../lib/operations/bundle/verify.ts";
import { makeSecretKey, parseSecretKey, publicKeyOf } from "../../lib/release/signing.ts";
import { asDescribed } from "../support/as_described.ts";
import { NoNetwork } from "../support/netns.ts";
import { holdImages, must, productionImages, PROGRAM, sh, TestStack } from "../support/stack.ts";

const ROOT = decodeURIComponent(new URL("../..", import.meta.url).pathname).replace(/\/$/, "");
const SERVICES = ["postgres", "backend", "frontend", "nginx"] as const;

type Shown = {
  readonly sha256: string;
  readonly signed_by: string | null;
  readonly manifest: VerifiedBundle["manifest"];
};

/** What is looked at of a bill of materials (CycloneDX). */
interface Bom {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
}
interface Component {
  readonly name: string;
  readonly version: string;
}

async function newKey(): Promise<{ secret: string; open: string }> {
  const secret = await makeSecretKey(crypto.getRandomValues(new Uint8Array(40)));
  return { secret, open: publicKeyOf(parseSecretKey(secret)) };
}

/** The application has two versions here; what it stands on has one. */
const APPLICATION = ["backend", "frontend"] as const;

/** The demo images under names of this test, each with content of its own. */
async function ownImages(
  name: string,
  tag: string,
  services: readonly Service[] = SERVICES,
): Promise<void> {
  const images = await productionImages();
  for (const service of services) {
    const id = await must(["docker", "create", images.get(service) ?? ""]);
    const label = `LABEL rxdx.test=${name}-${tag}`;
    await must(["docker", "commit", "--change", label, id, `${name}/${service}:${tag}`]);
    await must(["docker", "rm", "--volumes", id]);
  }
}

async function forget(name: string): Promise<void> {
  const images = await must(
    ["docker", "images", "--format", "{{.Repository}}:{{.Tag}}", `${name}/*`],
  );
  if (images !== "") await sh(["docker", "rmi", ...images.split("\n")]);
}

function settings(name: string, tag: string): string[] {
  return [
    "images.source=registry",
    `images.registry=${name}`,
    `images.tag=${tag}`,
    `images.postgres=${name}/postgres:1.0`,
    `images.nginx=${name}/nginx:1.0`,
  ].flatMap((each) => ["--set", each]);
}

/** Changes one byte of a file where it is. */
async function flip(path: string, at: number): Promise<void> {
  using file = await Deno.open(path, { read: true, write: true });
  const byte = new Uint8Array(1);
  await file.seek(at, Deno.SeekMode.Start);
  await file.read(byte);
  byte[0] = (byte[0] ?? 0) ^ 0x10;
  await file.seek(at, Deno.SeekMode.Start);
  await file.write(byte);
}

/** The daemon remembers some hundred events only: whoever wants all has to listen. */
function imageEvents(): { stop(): Promise<string[]> } {
  const heard = new Deno.Command("docker", {
    args: [
      "events",
      "--filter=type=image",
      "--format={{.Action}} {{.Actor.ID}} {{.Actor.Attributes.name}}",
    ],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const seen = new Response(heard.stdout).text();
  return {
    async stop() {
      heard.kill("SIGTERM");
      await heard.status;
      return (await seen).split("\n");
    },
  };
}

/** Starts a program and calls back for each line of its progress. */
async function followed(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  onLine: (line: string, child: Deno.ChildProcess) => Promise<void>,
): Promise<{ code: number; text: string; stdout: string }> {
  const child = new Deno.Command(argv[0] ?? "", {
    args: argv.slice(1),
    env: { ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stdout = new Response(child.stdout).text();
  let text = "";
  let rest = "";
  for await (const piece of child.stderr.pipeThrough(new TextDecoderStream())) {
    text += piece;
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) await onLine(line, child);
  }
  return { code: (await child.status).code, text, stdout: await stdout };
}

Deno.test("a stack out of a bundle, without any network", async (t) => {
  await using stack = new TestStack("bundle");
  await using _held = await holdImages();
  await using network = await NoNetwork.make([stack.ports.http, stack.ports.https]);
  const { name } = stack;
  const dir = stack.place;
  const file = `${dir}/rxdx.bundle.tar`;
  const [mine, other] = [await newKey(), await newKey()];
  await Deno.writeTextFile(`${dir}/bundle.key`, mine.secret, { mode: 0o600 });
  await Deno.writeTextFile(`${dir}/bundle.pub`, `untrusted comment: of us\n${mine.open}\n`);
  await ownImages(name, "1.0");
  await ownImages(name, "1.1", APPLICATION);
  const inside = (args: readonly string[]) =>
    network.run([PROGRAM, ...args, "--dir", stack.dir], { env: { NO_COLOR: "1" } });
  const init = [
    "init",
    "--yes",
    "--bundle",
    file,
    "--key",
    `${dir}/bundle.pub`,
    ...stack.settings(),
  ];
  let made: Shown | undefined;
  const newer = `${dir}/rxdx-1.1.bundle.tar`;
  let madeNewer: Shown | undefined;
  /** Signed by us. */
  const create = async (output: string, tag: string, more: readonly string[] = []) => {
    const ran = await sh([
      ...[PROGRAM, "bundle", "create", "--json", "--output", output, ...more],
      ...["--sign", `${dir}/bundle.key`, ...settings(name, tag), "--dir", stack.dir],
    ]);
    assert.equal(ran.code, 0, ran.text);
    assert.ok(!ran.text.includes(mine.secret.split("\n")[1] ?? "?"));
    return asDescribed<Shown>("bundle", ran.stdout);
  };
  const running = async () =>
    new Map(
      await Promise.all(
        SERVICES.map(async (service): Promise<[Service, string]> => [
          service,
          await must(["docker", "inspect", "-f", "{{.Image}}", `${name}-${service}-1`]),
        ]),
      ),
    );

  await t.step("it is made without a stack, signed, and leaves nothing else behind", async () => {
    const sbom = `${dir}/program.cdx.json`;
    await must([
      ...[Deno.execPath(), "run", "--allow-all", `${ROOT}/lib/packaging/release.ts`],
      ...["--sbom", sbom],
    ]);
    made = await create(file, "1.0", ["--sbom", sbom]);
    await Deno.remove(sbom);
    assert.ok(made.signed_by !== null);
    assert.equal(made.manifest.version, "1.0");
    assert.match(made.manifest.postgres, /^17\./);
    const names = [...Deno.readDirSync(dir)].map((each) => each.name).sort();
    assert.deepEqual(names, ["bundle.key", "bundle.pub", "rxdx.bundle.tar"]);
    const again = await sh([PROGRAM, "bundle", "create", "--demo", "--output", file]);
    assert.equal(again.code, 2, again.text);
    madeNewer = await create(newer, "1.1");
    await forget(name);
  });

  await t.step("both bills of materials are in it: of the bundle, and of the program", async () => {
    const names = (await must(["tar", "tf", file])).split("\n");
    const bom = async (member: string) => {
      assert.ok(names.includes(member), `${member} is not among ${names.join()}`);
      return JSON.parse(await must(["tar", "xOf", file, member])) as Bom;
    };
    const [bundle, program] = [await bom("bundle.cdx.json"), await bom("rxdx-setup.cdx.json")];
    for (const each of [bundle, program]) {
      assert.equal(each.bomFormat, "CycloneDX");
      assert.equal(each.specVersion, "1.6");
    }
    const of = new Map(bundle.components.map((each) => [each.name, each]));
    for (const service of SERVICES) {
      assert.equal(of.get(`${name}/${service}`)?.version, "1.0", [...of.keys()].join());
    }
    assert.equal(program.metadata.component.version, made?.manifest.setup);
    assert.ok(program.components.some((each) => each.name === "yaml"));
    assert.ok(!(await must(["tar", "tf", newer])).includes("rxdx-setup.cdx.json"));
  });

  await t.step("tar takes the program out of it, which is the one that made it", async () => {
    await must([
      "sh",
      "-c",
      'tar xOf "$0" rxdx-setup > "$1/p"; cmp "$1/p" "$2"',
      file,
      dir,
      PROGRAM,
    ]);
    await Deno.remove(`${dir}/p`);
  });

  await t.step(
    "what is not ours, damaged or cut off is refused, and nothing is changed",
    async () => {
      const refused = async (args: readonly string[], code: number, says: RegExp) => {
        const ran = await inside(args);
        assert.equal(ran.code, code, ran.text);
        assert.match(ran.stderr, says);
        await assert.rejects(Deno.stat(stack.dir), Deno.errors.NotFound);
      };
      const keyed = (key: string) => init.map((each) => each.endsWith("bundle.pub") ? key : each);
      await refused(keyed(other.open), 5, /signed with another key/);
      const { size } = await Deno.stat(file);
      await flip(file, Math.floor(size / 2));
      await refused(init, 5, /is damaged:\nblobs\/sha256\/\w+ is not what its checksum says/);
      await flip(file, Math.floor(size / 2));
      const bytes = new Uint8Array(1000);
      {
        using end = await Deno.open(file, { read: true });
        await end.seek(-1000, Deno.SeekMode.End);
        await end.read(bytes);
      }
      await Deno.truncate(file, size - 1000);
      await refused(init, 5, /is cut off after/);
      await Deno.writeFile(file, bytes, { append: true });
      const images = await must(["docker", "images", "--quiet", `${name}/*`]);
      assert.equal(images, "");
    },
  );

  const heard = imageEvents();

  await t.step("the namespace has no way out", async () => {
    assert.equal((await network.run(["ip", "route"])).stdout, "");
    assert.notEqual((await network.run(["ping", "-c1", "-W1", "192.0.2.1"])).code, 0);
  });

  await t.step("killed while the images are loaded, then from the script: healthy", async () => {
    const argv = network.argv([PROGRAM, ...init, "--json", "--dir", stack.dir]);
    const killed = await followed(argv, {}, (line, child) => {
      if (line.includes('"type":"step-start","id":"images"')) child.kill("SIGKILL");
      return Promise.resolve();
    });
    assert.notEqual(killed.code, 0);
    assert.equal((await stack.containers()).size, 0);
    // What a fresh machine has: the file, the script and the key. Settings come from the environment.
    const prefix = `${dir}/prefix`;
    const script = [
      ...["sh", `${ROOT}/install.sh`, "--yes", "--bundle", file, "--key", `${dir}/bundle.pub`],
      ...["--prefix", prefix, "--dir", stack.dir],
    ];
    const env = Object.fromEntries(
      stack.settings().filter((each) => each !== "--set").map((each) => {
        const [key = "", value = ""] = each.split("=");
        return [`RXDX_${key.replace(".", "_").toUpperCase()}`, value];
      }),
    );
    const ran = await followed(network.argv(script), { ...env, NO_COLOR: "1" }, async (line) => {
      // Before that step the ports have to be free, and are asked for within.
      if (/^\[\d+\/\d+\] Create and start the containers$/.test(line)) await network.open();
    });
    assert.equal(ran.code, 0, ran.text);
    assert.match(ran.text, /An earlier `init` .* did not come to its end/);
    await must(["cmp", `${prefix}/bin/rxdx-setup`, PROGRAM]);
    await stack.login();
    for (const service of SERVICES) {
      const id = await must(
        ["docker", "image", "inspect", "--format", "{{.Id}}", `${name}/${service}:1.0`],
      );
      const { id: config, manifest } = made?.manifest.images[service] ?? { id: "", manifest: "" };
      assert.ok([config, manifest].includes(id), service);
    }
  });

  await t.step("afterwards there is nothing to do, with the file gone too", async () => {
    assert.equal((await inside(["plan"])).code, 0);
    const key = ["--key", mine.open];
    const check = await inside(["upgrade", "--check", "--bundle", file, ...key]);
    assert.equal(check.code, 0, check.text);
    assert.match(check.stdout, /Nothing to upgrade: 1\.0 /);
    await Deno.rename(file, `${file}.away`);
    const before = await stack.containers();
    const ran = await inside(["apply", "--yes"]);
    assert.match(ran.text, /Nothing to do/);
    assert.equal(ran.code, 0, ran.text);
    assert.deepEqual(await stack.containers(), before);
    await Deno.rename(`${file}.away`, file);
  });

  await t.step("nothing was pulled and nothing was built", async () => {
    const lines = await heard.stop();
    for (const service of SERVICES) {
      const id = made?.manifest.images[service].id ?? "?";
      assert.ok(lines.some((line) => line.startsWith(`load ${id}`)), service);
    }
    // What is pulled, built, committed or imported is given its name by an event of its own.
    assert.deepEqual(lines.filter((line) => line.includes(`${name}/`)), []);
    const lock = JSON.parse(await Deno.readTextFile(`${stack.dir}/.rxdx/images.lock`));
    assert.equal(lock.origin.kind, "archive");
    assert.equal(lock.origin.bundle.digest, made?.sha256);
  });

  await t.step("report and record of changes name the bundle", async () => {
    const report = JSON.parse((await inside(["report", "--json"])).stdout);
    assert.equal(report.stack.bundle, made?.sha256);
    assert.equal(report.stack.version, "1.0");
    const audit = await Deno.readTextFile(`${stack.dir}/.rxdx/audit.jsonl`);
    assert.ok(audit.includes(`"bundle":"${made?.sha256}"`));
  });

  /** Which bundle the install is of, by everything that says so. */
  const isOf = async (bundle: Shown | undefined, path: string) => {
    const ids = await running();
    for (const service of SERVICES) {
      const { id: config, manifest } = bundle?.manifest.images[service] ?? { id: "", manifest: "" };
      assert.ok([config, manifest].includes(ids.get(service) ?? "?"), service);
    }
    const lock = JSON.parse(await Deno.readTextFile(`${stack.dir}/.rxdx/images.lock`));
    assert.equal(lock.origin.bundle.digest, bundle?.sha256);
    assert.equal(lock.origin.bundle.version, bundle?.manifest.version);
    const configured = await Deno.readTextFile(`${stack.dir}/rxdx.yml`);
    assert.equal(/^\s+file: "?([^"\s]+)/m.exec(configured)?.[1], path);
    const receipt = JSON.parse(await Deno.readTextFile(`${stack.dir}/.rxdx/receipt.json`));
    const written = receipt.files.find((each: { path: string }) => each.path === "rxdx.yml");
    const sum = await must(["sha256sum", `${stack.dir}/rxdx.yml`]);
    assert.equal(written?.sha256, sum.slice(0, 64));
    assert.equal((await inside(["plan"])).code, 0);
    await stack.login();
  };

  await t.step("upgrade --bundle: the newer one runs, and nothing was pulled", async () => {
    const key = ["--bundle", newer, "--key", `${dir}/bundle.pub`];
    const before = await stack.containers();
    const strange = await inside(["upgrade", "--yes", "--bundle", newer, "--key", other.open]);
    assert.equal(strange.code, 5, strange.text);
    assert.match(strange.stderr, /signed with another key/);
    // It is no other file for being named as one.
    const named = await inside(["upgrade", "--yes", "--to", newer, "--key", other.open]);
    assert.equal(named.code, 5, named.text);
    assert.match(named.stderr, /signed with another key/);
    const keyless = await inside(["upgrade", "--yes", "--to", newer]);
    assert.ok([2, 4, 5].includes(keyless.code), keyless.text);
    assert.match(keyless.stderr, /--key/);
    const found = await inside(["upgrade", "--check", "--to", newer, ...key.slice(2)]);
    assert.equal(found.code, 10, found.text);
    assert.match(found.text, /1\.0 → 1\.1/);
    assert.deepEqual(await stack.containers(), before);
    const listening = imageEvents();
    const ran = await inside(["upgrade", ...key, "--yes", "--json"]);
    const lines = await listening.stop();
    assert.equal(ran.code, 0, ran.text);
    const result = JSON.parse(ran.stdout);
    assert.deepEqual([result.from, result.to], ["1.0", "1.1"]);
    assert.match(result.backup, /\.age$/);
    for (const service of APPLICATION) {
      const id = madeNewer?.manifest.images[service].id ?? "?";
      assert.ok(lines.some((line) => line.startsWith(`load ${id}`)), service);
    }
    assert.deepEqual(
      lines.filter((line) => /^(?:pull|import|build) .*/.test(line) && line.includes(name)),
      [],
    );
    await isOf(madeNewer, newer);
    const after = await stack.containers();
    for (const service of ["postgres", "nginx"]) {
      assert.equal(after.get(service), before.get(service), `${service} is the same in both`);
    }
    const audit = await Deno.readTextFile(`${stack.dir}/.rxdx/audit.jsonl`);
    assert.ok(audit.includes(`"bundle":"${madeNewer?.sha256}"`));
  });

  await t.step("rollback: the first runs again, without its file", async () => {
    await Deno.rename(file, `${file}.away`);
    const ran = await inside(["rollback", "--yes"]);
    assert.equal(ran.code, 0, ran.text);
    assert.match(ran.stdout, /1\.0 runs again and is healthy/);
    await isOf(made, file);
    await Deno.rename(`${file}.away`, file);
  });

  await t.step("uninstall takes the stack away", async () => {
    const ran = await inside(["uninstall", "--purge", "--confirm", name, "--yes"]);
    assert.equal(ran.code, 0, ran.text);
    assert.equal((await stack.containers()).size, 0);
    await forget(name);
  });
});
