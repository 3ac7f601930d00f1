/**
 * Images built from an RxDx-shaped checkout with our own Dockerfiles: a directory and a git repository,
 * production and development, a build that fails.
 */
import assert from "node:assert/strict";
import type { ImagesLock } from "../../lib/images/lock.ts";
import {
  haveNpm,
  lockBackend,
  makeCheckout,
  makeStandIns,
  STAND_INS,
} from "../support/checkout.ts";
import { holdImages, must, productionImages, sh, TestStack } from "../support/stack.ts";
import { eventually } from "../support/tmux.ts";

/** `rxdx-build/backend:1f0c…` of every stack of this machine. */
async function builtImages(): Promise<Set<string>> {
  const names = await must(["docker", "images", "--format", "{{.Repository}}:{{.Tag}}"]);
  return new Set(names.split("\n").filter((name) => name.startsWith("rxdx-build/")));
}

function appendTo(path: string, text: string): Promise<void> {
  return Deno.writeTextFile(path, text, { append: true, create: false });
}

const missing = !await haveNpm();
if (missing) console.log("SKIPPED: images of a checkout: npm is not installed");

Deno.test({
  name: "a stack from a checkout",
  ignore: missing,
  fn: async (t) => {
    await using stack = new TestStack("build");
    await using _held = await holdImages();
    const images = await productionImages();
    // Another stack of this machine may have been built from the same sources, and keeps its images.
    const others = await builtImages();
    const place = stack.place;
    const checkout = `${place}/RxDx`;
    await makeCheckout(checkout);
    // Sources of this run alone: an interrupted one may have left images of the same sources behind.
    await appendTo(`${checkout}/backend/app/main.py`, `\n# ${stack.name}\n`);
    await appendTo(`${checkout}/frontend/src/App.tsx`, `\n// ${stack.name}\n`);
    await makeStandIns(place);
    await lockBackend(checkout);
    const edit = async (path: string, from: string, to: string) => {
      const text = await Deno.readTextFile(`${checkout}/${path}`);
      assert.ok(text.includes(from), `${path} has no ${from}`);
      await Deno.writeTextFile(`${checkout}/${path}`, text.replace(from, to));
    };
    const endpoint = async (name: string) => {
      const path = `${checkout}/backend/app/main.py`;
      const text = await Deno.readTextFile(path);
      await Deno.writeTextFile(
        path,
        `${text}\n\n@app.get("/api/v1/${name}")\ndef ${name}() -> dict[str, bool]:\n` +
          `    """Added by the test."""\n    return {"${name}": True}\n`,
      );
    };
    const sources = [
      "images.source=build",
      `images.path=${checkout}`,
      `images.postgres=${images.get("postgres")}`,
      `images.nginx=${images.get("nginx")}`,
      `images.bases.python=${STAND_INS.python}`,
      `images.bases.node=${STAND_INS.node}`,
      `images.bases.nginx=${images.get("nginx")}`,
    ].flatMap((value) => ["--set", value]);
    const lock = () =>
      JSON.parse(Deno.readTextFileSync(`${stack.dir}/.rxdx/images.lock`)) as ImagesLock;

    await t.step("what is no checkout is refused, with what it lacks", async () => {
      const wrong = sources.map((each) => each.replace(checkout, place));
      const ran = await stack.run(["init", "--yes", ...stack.settings(), ...wrong]);
      assert.equal(ran.code, 3, ran.text);
      assert.match(ran.stderr, /images\.path[\s\S]*no backend\/pyproject\.toml/);
    });

    await t.step(
      "a directory makes a healthy stack, without what lies beside the sources",
      async () => {
        const ran = await stack.run(["init", "--yes", ...stack.settings(), ...sources]);
        assert.equal(ran.code, 0, ran.text);
        await stack.login();
        assert.match((await stack.request("/")).body, /<script/);
        assert.equal(lock().origin?.kind, "build");
        const inside = (service: string, script: string) =>
          must(["docker", "compose", "exec", "-T", service, "sh", "-c", script], {
            cwd: stack.dir,
          });
        assert.equal(
          await inside("backend", "id -u; ls -a /app | grep -c '^.env' || true"),
          "1000\n0",
        );
        assert.equal(await inside("frontend", "id -u"), "101");
        assert.equal((await stack.run(["plan"])).code, 0);
      },
    );

    await t.step(
      "again nothing is built; an edit is a visible build, and takes effect",
      async () => {
        const before = await stack.containers();
        const again = await stack.ok(["apply", "--yes"]);
        assert.match(again.stdout, /Nothing to do/, again.text);
        assert.deepEqual(await stack.containers(), before);
        await endpoint("edited");
        const plan = await stack.run(["plan"]);
        assert.equal(plan.code, 10, plan.text);
        assert.match(plan.stdout, /build rxdx-build\/backend:/);
        // As an upgrade it has a way back, to images of sources that are not there any more.
        const upgraded = await stack.ok(["upgrade", "--yes"]);
        assert.match(upgraded.stdout, /The backup before it is .*, proven/);
        assert.equal((await stack.request("/api/v1/edited")).status, 200);
        await stack.ok(["rollback", "--yes"]);
        assert.equal((await stack.request("/api/v1/edited")).status, 404);
        await stack.ok(["apply", "--yes"]);
        assert.equal((await stack.request("/api/v1/edited")).status, 200);
        assert.equal((await stack.containers()).get("postgres"), before.get("postgres"));
      },
    );

    await t.step("a build that fails says why, and the stack goes on as it is", async () => {
      const before = await stack.containers();
      await edit("frontend/package.json", '"react":', '"left-pad": "1.3.0",\n    "react":');
      const ran = await stack.run(["apply", "--yes"]);
      assert.equal(ran.code, 5, ran.text);
      assert.match(ran.stderr, /frontend image could not be built[\s\S]*left-pad/);
      assert.match(ran.stderr, /Likely cause: the lock file does not fit/);
      assert.deepEqual(await stack.containers(), before);
      assert.equal((await stack.request("/api/v1/edited")).status, 200);
      await edit("frontend/package.json", '"left-pad": "1.3.0",\n    "react":', '"react":');
      assert.equal((await stack.run(["plan"])).code, 0);
    });

    await t.step("a tag of a git repository; another tag is another build", async () => {
      const git = (...words: string[]) =>
        must([
          "git",
          "-C",
          checkout,
          "-c",
          "user.name=t",
          "-c",
          "user.email=t@example.com",
          ...words,
        ]);
      await git("init", "--quiet");
      await git("add", "--all", "backend", "frontend");
      await git("commit", "--quiet", "--message", "one");
      await git("tag", "-a", "v1", "-m", "one");
      await stack.ok([
        "config",
        "set",
        "images.path=",
        `images.git=file://${checkout}`,
        "images.ref=v1",
      ]);
      await stack.ok(["apply", "--yes"]);
      const commit = await git("rev-parse", "v1^{commit}");
      assert.deepEqual(lock().clone, { git: `file://${checkout}`, ref: "v1", commit });
      assert.match((await stack.ok(["status", "--once"])).stdout, /v1/);
      const nothing = await stack.run(["config", "set", "images.ref=v9"]);
      assert.equal(nothing.code, 3, nothing.text);
      assert.match(nothing.stderr, /images\.ref/);
      await endpoint("second");
      await git("commit", "--quiet", "--all", "--message", "two");
      await git("tag", "v2");
      assert.equal((await stack.run(["plan"])).code, 0, "v1 is v1");
      await Deno.writeTextFile(`${stack.dir}/source/backend/mine.py`, "# not to be lost\n");
      const upgrade = ["upgrade", "--to", "v2", "--yes"];
      const kept = await stack.run(upgrade);
      assert.equal(kept.code, 5, kept.text);
      assert.match(kept.stderr, /mine\.py/);
      assert.match(kept.stderr, /v1 serves as before/);
      await Deno.remove(`${stack.dir}/source/backend/mine.py`);
      assert.match((await stack.ok(upgrade)).stdout, /v2 runs and is healthy/);
      assert.equal((await stack.request("/api/v1/second")).status, 200);
      assert.equal(lock().clone?.commit, await git("rev-parse", "v2^{commit}"));
      await stack.ok(["rollback", "--yes"]);
      assert.equal((await stack.request("/api/v1/second")).status, 404);
      assert.deepEqual(lock().clone, { git: `file://${checkout}`, ref: "v1", commit });
      assert.equal(
        await must(["git", "-C", `${stack.dir}/source`, "rev-parse", "HEAD"]),
        commit,
        "the clone too",
      );
      assert.equal((await stack.run(["plan"])).code, 0);
    });

    await t.step(
      "development mounts the checkout: an edit of either side shows at once",
      async () => {
        await stack.ok([
          "config",
          "set",
          "environment=development",
          "images.git=",
          "images.ref=",
          `images.path=${checkout}`,
        ]);
        await stack.ok(["apply", "--yes"]);
        await endpoint("reloaded");
        await eventually(
          "the API to reload",
          async () => (await stack.request("/api/v1/reloaded")).status === 200,
          120_000,
        );
        const main = (await stack.request("/")).body.match(/src="([^"]+)"/)?.[1] ?? assert.fail();
        const page = async () => (await stack.request(main.replace(/^\.?\/?/, "/"))).body;
        assert.doesNotMatch(await page(), /shown at once/);
        const source = `${checkout}/frontend/src/App.tsx`;
        const text = await Deno.readTextFile(source);
        await Deno.writeTextFile(
          source,
          `${text}\nexport const EDITED = "shown at once";\nconsole.info(EDITED);\n`,
        );
        await eventually(
          "the page to change",
          async () => /shown at once/.test(await page()),
          120_000,
        );
        assert.equal((await stack.run(["plan"])).code, 10, "what is in the image is older now");
      },
    );

    await t.step(
      "uninstall removes what was built and cloned, and leaves the checkout",
      async () => {
        await stack.ok(["uninstall", "--purge", "--confirm", stack.name, "--yes"]);
        const names = (path: string) => [...Deno.readDirSync(path)].map((each) => each.name).sort();
        assert.deepEqual(names(stack.dir), [".rxdx", "backups"]);
        assert.deepEqual(names(`${stack.dir}/.rxdx`), ["backup.key"], "it opens what is left");
        await Deno.stat(`${checkout}/backend/app/main.py`);
        const left = await builtImages();
        assert.deepEqual([...left].filter((image) => !others.has(image)), []);
      },
    );
    await sh(["docker", "rmi", "--force", ...Object.values(STAND_INS)]);
  },
});
