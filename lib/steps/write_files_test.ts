/** Writing the rendered files: nothing when nothing changed, nothing lost, every file whole. */
import assert from "node:assert/strict";
import { FakeHost, withFakeHost } from "../../tests/support/fake_host.ts";
import { type Failure, Killed } from "../../tests/support/fake_host_failures.ts";
import { SetupError } from "../errors.ts";
import type { RenderedFile } from "../render/file.ts";
import { type Receipt, sha256 } from "./receipt.ts";
import type { Step } from "./step.ts";
import {
  belongsToDeveloper,
  directoriesOf,
  pathsToChange,
  readPresent,
  writeFilesStep,
} from "./write_files.ts";
import { announce, forgetWritten, hasWritten, readWritten } from "./written.ts";

const DIR = "/opt/rxdx";

function file(path: string, text: string, more: Partial<RenderedFile> = {}): RenderedFile {
  return { path, text, mode: 0o600, secret: false, ...more };
}

const FILES = [
  file(".env", "SECRET_KEY=1\n", { secret: true }),
  file("rxdx.yml", "name: rxdx\n"),
  file("docker-compose.yml", "services: {}\n"),
  file("nginx/nginx.conf", "events {}\n", { mode: 0o644 }),
  file("postgres/init/10.sh", "#!/bin/sh\n", { mode: 0o644 }),
];

function receiptFor(files: readonly RenderedFile[]): Receipt {
  return {
    schema: 1,
    name: "rxdx",
    version: "1",
    createdAt: "",
    updatedAt: "",
    files: files.map(({ path, text }) => ({ path, sha256: sha256(text) })),
    directories: [],
    images: [],
    provenance: {},
    machine: [],
    nginxLoaded: "",
  };
}

function stepOn(host: FakeHost, files: readonly RenderedFile[], receipt?: Receipt): Step {
  return writeFilesStep({ host, dir: DIR, files, receipt });
}

const signal = new AbortController().signal;

async function run(step: Step): Promise<string[]> {
  const details: string[] = [];
  await step.run({ detail: (text) => details.push(text), services: () => undefined }, signal);
  return details;
}

/** An install directory as a former run left it. */
function installed(host: FakeHost, files: readonly RenderedFile[] = FILES): void {
  host.files.putDirectory(DIR, 0o700);
  for (const { path, text, mode } of files) host.files.put(`${DIR}/${path}`, text, { mode });
}

/** The announcement of what is about to be written has tests of its own below. */
const ANNOUNCEMENT = `${DIR}/.rxdx/written.json`;

const relative = (host: FakeHost) =>
  Object.fromEntries(
    Object.entries(host.files.tree(DIR)).filter(([path]) => path !== ANNOUNCEMENT)
      .map(([path, text]) => [path.slice(DIR.length + 1), text]),
  );

const mutations = (host: FakeHost) =>
  host.files.mutations.filter((each) => each.path !== ANNOUNCEMENT && each.path !== `${DIR}/.rxdx`);

Deno.test("a new install gets every file with its mode, secrets first", () =>
  withFakeHost({}, async (host) => {
    host.files.putDirectory(DIR, 0o700);
    const step = stepOn(host, FILES);
    assert.equal(await step.isDone(), false);
    await run(step);
    assert.deepEqual(
      relative(host),
      Object.fromEntries(FILES.map(({ path, text }) => [path, text])),
    );
    for (const { path, mode } of FILES) {
      assert.equal((await host.files.stat(`${DIR}/${path}`))?.mode, mode, path);
    }
    const written = mutations(host).filter((each) => each.action === "write");
    assert.deepEqual(written.map((each) => each.path), FILES.map(({ path }) => `${DIR}/${path}`));
    assert.equal(await step.isDone(), true);
  }));

Deno.test("unchanged means done, and running it all the same writes nothing", () =>
  withFakeHost({}, async (host) => {
    installed(host);
    const step = stepOn(host, FILES, receiptFor(FILES));
    assert.equal(await step.isDone(), true);
    await run(step);
    assert.deepEqual(host.files.mutations, []);
  }));

Deno.test("only what differs is written", () =>
  withFakeHost({}, async (host) => {
    installed(host);
    const changed = FILES.map((each) =>
      each.path === "docker-compose.yml" ? file(each.path, "services: { a: {} }\n") : each
    );
    const step = stepOn(host, changed, receiptFor(FILES));
    assert.equal(await step.isDone(), false);
    assert.deepEqual(await run(step), ["docker-compose.yml"]);
    assert.deepEqual(mutations(host).map((each) => each.path), [`${DIR}/docker-compose.yml`]);
  }));

Deno.test("a mode that somebody widened is put right, the text being the same", () =>
  withFakeHost({}, async (host) => {
    installed(host);
    host.files.put(`${DIR}/.env`, "SECRET_KEY=1\n", { mode: 0o644 });
    const step = stepOn(host, FILES, receiptFor(FILES));
    assert.equal(await step.isDone(), false);
    await run(step);
    assert.equal((await host.files.stat(`${DIR}/.env`))?.mode, 0o600);
  }));

/** The files with a decision about one of them. */
function decided(path: string, handEdit: NonNullable<RenderedFile["handEdit"]>): RenderedFile[] {
  return FILES.map((each) => each.path === path ? { ...each, handEdit } : each);
}

const MINE = "services: { mine: {} }\n";

Deno.test("an edit that nobody decided about is never overwritten, and nothing else is written", () =>
  withFakeHost({}, async (host) => {
    installed(host);
    host.files.put(`${DIR}/docker-compose.yml`, MINE);
    const files = FILES.map((each) => file(each.path, `${each.text}# new\n`, { mode: each.mode }));
    await assert.rejects(
      run(stepOn(host, files, receiptFor(FILES))),
      (error) => error instanceof SetupError && error.code === "changed_meanwhile",
    );
    const tree = relative(host);
    assert.equal(tree["docker-compose.yml"], MINE);
    assert.equal(tree["rxdx.yml"], "name: rxdx\n");
  }));

Deno.test("ours: the edit is kept aside before it is replaced, and the operator is told", () =>
  withFakeHost({}, async (host) => {
    installed(host);
    host.files.put(`${DIR}/docker-compose.yml`, MINE);
    const files = decided("docker-compose.yml", { decision: "ours", of: sha256(MINE) });
    const details = await run(stepOn(host, files, receiptFor(FILES)));
    assert.match(
      details.join(),
      /docker-compose\.yml was edited by hand; kept in \.rxdx\/replaced\//,
    );
    const tree = relative(host);
    assert.equal(tree["docker-compose.yml"], "services: {}\n");
    const aside = ".rxdx/replaced/20260314T101500123Z/docker-compose.yml";
    assert.equal(tree[aside], MINE);
    assert.equal((await host.files.stat(`${DIR}/${aside}`))?.mode, 0o600);
  }));

Deno.test("ours of another text than the one that is there by now is no decision", () =>
  withFakeHost({}, async (host) => {
    installed(host);
    host.files.put(`${DIR}/docker-compose.yml`, "services: { later: {} }\n");
    const files = decided("docker-compose.yml", { decision: "ours", of: sha256(MINE) });
    await assert.rejects(run(stepOn(host, files, receiptFor(FILES))), /edited after this plan/);
    assert.equal(relative(host)["docker-compose.yml"], "services: { later: {} }\n");
  }));

Deno.test("keep: the edit stays and there is nothing to do; merge: both, with the edit aside", () =>
  withFakeHost({}, async (host) => {
    installed(host);
    host.files.put(`${DIR}/nginx/nginx.conf`, "events { mine; }\n", { mode: 0o644 });
    const keep = stepOn(host, decided("nginx/nginx.conf", { decision: "keep" }), receiptFor(FILES));
    assert.equal(await keep.isDone(), true);
    const text = "events { mine; ours; }\n";
    const merged = stepOn(
      host,
      decided("nginx/nginx.conf", {
        decision: "merge",
        of: sha256("events { mine; }\n"),
        text,
      }),
      receiptFor(FILES),
    );
    await run(merged);
    const tree = relative(host);
    assert.equal(tree["nginx/nginx.conf"], text);
    assert.equal(
      tree[".rxdx/replaced/20260314T101500123Z/nginx/nginx.conf"],
      "events { mine; }\n",
    );
    assert.equal(await merged.isDone(), true);
    await merged.undo?.();
    assert.equal(relative(host)["nginx/nginx.conf"], "events { mine; }\n", "as it was");
  }));

Deno.test("a merged edit of a run that was killed is asked about again, and never written over", () =>
  withFakeHost({}, async (host) => {
    installed(host);
    host.files.put(`${DIR}/docker-compose.yml`, MINE);
    const text = `${MINE}# merged\n`;
    const files = decided("docker-compose.yml", { decision: "merge", of: sha256(MINE), text });
    await run(stepOn(host, files, receiptFor(FILES)));
    // Killed before the receipt knows: the next plan was made without a decision.
    await assert.rejects(run(stepOn(host, FILES, receiptFor(FILES))), /edited after this plan/);
    assert.equal(relative(host)["docker-compose.yml"], text);
  }));

Deno.test("rxdx.yml is meant to be edited: nothing is kept aside for it", () =>
  withFakeHost({}, async (host) => {
    installed(host);
    host.files.put(`${DIR}/rxdx.yml`, "name: rxdx # mine\n", { mode: 0o600 });
    await run(stepOn(host, FILES, receiptFor(FILES)));
    assert.ok(!Object.keys(relative(host)).some((path) => path.startsWith(".rxdx/replaced")));
  }));

Deno.test("what stood there before the first install is kept aside, not destroyed", () =>
  withFakeHost({}, async (host) => {
    // Somebody names the directory of their own checkout.
    host.files.put(`${DIR}/docker-compose.yml`, "services: { theirs: {} }\n");
    host.files.put(`${DIR}/.env`, "THEIR_TOKEN=1\n");
    await run(stepOn(host, FILES));
    const kept = Object.entries(relative(host)).filter(([path]) => path.startsWith(".rxdx/"));
    assert.deepEqual(kept.map(([path, text]) => [path.split("/").slice(3).join("/"), text]), [
      [".env", "THEIR_TOKEN=1\n"],
      ["docker-compose.yml", "services: { theirs: {} }\n"],
    ]);
  }));

Deno.test("a file that we once wrote and write no more is removed; an edited one is kept aside", () =>
  withFakeHost({}, async (host) => {
    const old = [file("demo/a.py", "a\n"), file("demo/b.py", "b\n")];
    installed(host, [...FILES, ...old]);
    host.files.put(`${DIR}/demo/b.py`, "edited\n");
    const step = stepOn(host, FILES, receiptFor([...FILES, ...old]));
    assert.equal(await step.isDone(), false);
    await run(step);
    const tree = relative(host);
    assert.ok(!("demo/a.py" in tree) && !("demo/b.py" in tree));
    assert.equal(tree[".rxdx/replaced/20260314T101500123Z/demo/b.py"], "edited\n");
    assert.ok(!(".rxdx/replaced/20260314T101500123Z/demo/a.py" in tree), "ours needs no keeping");
    assert.equal(await step.isDone(), true);
  }));

Deno.test("what a step made (a certificate) is no rendered file and stays", () =>
  withFakeHost({}, async (host) => {
    installed(host);
    host.files.put(`${DIR}/nginx/ssl/cert.pem`, "PEM\n");
    const receipt = receiptFor(FILES);
    const made = { path: "nginx/ssl/cert.pem", sha256: sha256("PEM\n"), made: true as const };
    const step = stepOn(host, FILES, { ...receipt, files: [...receipt.files, made] });
    assert.equal(await step.isDone(), true);
    await run(step);
    assert.ok(host.files.has(`${DIR}/nginx/ssl/cert.pem`));
  }));

Deno.test("files that are not ours are not looked at", () =>
  withFakeHost({}, async (host) => {
    installed(host);
    host.files.put(`${DIR}/docker-compose.override.yml`, "mine\n");
    await run(stepOn(host, FILES, receiptFor(FILES)));
    assert.equal(relative(host)["docker-compose.override.yml"], "mine\n");
  }));

Deno.test("a source that a developer edited is theirs; an untouched one is updated", () =>
  withFakeHost({}, async (host) => {
    const source = (text: string) => file("demo/app.py", text, { editable: true });
    const receipt = receiptFor([...FILES, source("v1\n")]);
    installed(host, [...FILES, source("v1\n")]);
    host.files.put(`${DIR}/demo/app.py`, "mine\n");
    assert.equal(belongsToDeveloper(source("v2\n"), "mine\n", receipt, {}), true);
    const step = stepOn(host, [...FILES, source("v2\n")], receipt);
    assert.equal(await step.isDone(), true);
    await run(step);
    assert.equal(relative(host)["demo/app.py"], "mine\n");

    host.files.put(`${DIR}/demo/app.py`, "v1\n");
    assert.equal(belongsToDeveloper(source("v2\n"), "v1\n", receipt, {}), false);
    await run(stepOn(host, [...FILES, source("v2\n")], receipt));
    assert.equal(relative(host)["demo/app.py"], "v2\n");
    assert.equal(belongsToDeveloper(source("v2\n"), undefined, receipt, {}), false);
    assert.equal(belongsToDeveloper(source("v2\n"), "v1\n", undefined, {}), false);
  }));

const NEXT = [
  ...FILES.map((each) => file(each.path, `${each.text}# next\n`, { mode: each.mode })).slice(0, 4),
  file("new/file.txt", "new\n", { mode: 0o644 }),
];

Deno.test("undo puts back every text and every mode, what was removed and what was new", () =>
  withFakeHost({}, async (host) => {
    // postgres/init/10.sh is obsolete in NEXT, and was readable by a container.
    installed(host);
    const before = relative(host);
    const modes = new Map<string, number | undefined>();
    for (const path of Object.keys(before)) {
      modes.set(path, (await host.files.stat(`${DIR}/${path}`))?.mode);
    }
    const step = stepOn(host, NEXT, receiptFor(FILES));
    await run(step);
    assert.notDeepEqual(relative(host), before);
    await step.undo?.();
    assert.deepEqual(relative(host), before);
    for (const [path, mode] of modes) {
      assert.equal((await host.files.stat(`${DIR}/${path}`))?.mode, mode, path);
    }
  }));

Deno.test("undo: one file that cannot be put back keeps none of the others from it", () =>
  withFakeHost({}, async (host) => {
    installed(host);
    const before = relative(host);
    const step = stepOn(host, NEXT, receiptFor(FILES));
    await run(step);
    const after = relative(host);
    host.files.failAt(1, "EACCES");
    await assert.rejects(async () => await step.undo?.(), SetupError);
    const now = relative(host);
    const stayed = [...new Set([...Object.keys(before), ...Object.keys(after)])]
      .filter((path) => before[path] !== after[path] && now[path] !== before[path]);
    assert.equal(stayed.length, 1, stayed.join());
  }));

Deno.test("what would be changed: texts, modes and what is rendered no more, and nothing else", () =>
  withFakeHost({}, async (host) => {
    installed(host);
    const options = { host, dir: DIR, receipt: receiptFor(FILES) };
    assert.deepEqual(await pathsToChange({ ...options, files: FILES }), []);
    const [first, second] = FILES;
    assert.ok(first !== undefined && second !== undefined);
    await host.files.writeAtomic(`${DIR}/${first.path}`, first.text, { mode: 0o606 });
    assert.deepEqual(await pathsToChange({ ...options, files: FILES }), [first.path]);
    const fewer = FILES.filter(({ path }) => path !== second.path);
    assert.deepEqual(await pathsToChange({ ...options, files: fewer }), [first.path, second.path]);
  }));

Deno.test("a first install has no undo: the secrets on disk are what the next run goes on with", () =>
  withFakeHost({}, (host) => {
    assert.equal(stepOn(host, FILES).undo, undefined);
  }));

/** Number of changes that a whole update makes. */
async function changesOfUpdate(): Promise<number> {
  const host = new FakeHost();
  installed(host);
  await run(stepOn(host, NEXT, receiptFor(FILES)));
  return host.files.mutations.length;
}

const FAILURES: readonly Failure[] = ["ENOSPC", "EIO", "EACCES", "kill"];

for (const failure of FAILURES) {
  Deno.test(`${failure} at the n-th change, for every n: each file is whole, the old or the new one`, async () => {
    const total = await changesOfUpdate();
    assert.ok(total >= 6);
    for (let number = 1; number <= total; number++) {
      await withFakeHost({}, async (host) => {
        installed(host);
        const old = relative(host);
        const fresh = Object.fromEntries(NEXT.map(({ path, text }) => [path, text]));
        const step = stepOn(host, NEXT, receiptFor(FILES));
        host.files.failAt(number, failure);
        await assert.rejects(
          run(step),
          (error) => failure === "kill" ? error instanceof Killed : error instanceof SetupError,
        );
        for (const [path, text] of Object.entries(relative(host))) {
          if (path.includes(".tmp-")) continue;
          assert.ok(text === old[path] || text === fresh[path], `${path} is whole (${number})`);
        }
        for (const { path } of FILES) {
          if (path in fresh) assert.ok(path in relative(host), `${path} is there (${number})`);
        }
        if (failure === "kill") {
          // The next run finishes the work.
          host.revive();
          const again = stepOn(host, NEXT, receiptFor(FILES));
          if (!await again.isDone()) await run(again);
          assert.equal(await again.isDone(), true);
        } else {
          // The runner undoes, with the disk as bad as it is: once it is well, the old state is back.
          await step.undo?.();
          assert.deepEqual(relative(host), old, `undone (${number})`);
        }
      });
    }
  });
}

Deno.test("directories are parents first, each once", () => {
  assert.deepEqual(directoriesOf(["a/b/c.txt", "a/d.txt", "e.txt", "a/b/f/g"]), [
    "a",
    "a/b",
    "a/b/f",
  ]);
});

Deno.test("present files are read, absent ones are absent", () =>
  withFakeHost({}, async (host) => {
    host.files.put(`${DIR}/a`, "1");
    assert.deepEqual([...await readPresent(host, DIR, ["a", "b"])], [["a", "1"]]);
  }));

Deno.test("what a run wrote that did not come to its end is not taken for a hand edit", () =>
  withFakeHost({}, async (host) => {
    installed(host);
    const changed = (text: string) =>
      FILES.map((each) => each.path === ".env" ? file(each.path, text, { secret: true }) : each);
    // The receipt still knows the first text when the third one is written.
    await run(stepOn(host, changed("SECRET_KEY=1\nA=2\n"), receiptFor(FILES)));
    const details = await run(stepOn(host, changed("SECRET_KEY=1\nA=3\n"), receiptFor(FILES)));
    assert.deepEqual(details, [".env"]);
    assert.equal(await host.files.stat(`${DIR}/.rxdx/replaced`), undefined);
    host.files.put(`${DIR}/.env`, "SECRET_KEY=1\nMINE=1\n");
    await assert.rejects(
      run(stepOn(host, changed("SECRET_KEY=1\nA=4\n"), receiptFor(FILES))),
      /\.env was edited after this plan/,
    );
  }));

Deno.test("what an unfinished run wrote is ours: nothing is kept aside, nothing is a developer's", () =>
  withFakeHost({}, async (host) => {
    const source = (text: string) => file("demo/app.py", text, { editable: true });
    const first = [...FILES, source("v1\n")];
    const receipt = receiptFor(first);
    installed(host, first);
    const version = (
      text: string,
    ) => [
      ...FILES.map((each) => file(each.path, `${each.text}# ${text}\n`, { mode: each.mode })),
      source(text),
    ];
    // Two runs that did not come to their record: the receipt still knows the first state.
    await run(stepOn(host, version("v2\n"), receipt));
    await run(stepOn(host, version("v3\n"), receipt));
    const last = stepOn(host, version("v4\n"), receipt);
    assert.equal(await last.isDone(), false);
    await run(last);
    const tree = relative(host);
    assert.equal(tree["demo/app.py"], "v4\n");
    assert.deepEqual(Object.keys(tree).filter((path) => path.startsWith(".rxdx/replaced")), []);
    assert.equal(await hasWritten(host, DIR), true);
    await forgetWritten(host, DIR);
    assert.equal(await hasWritten(host, DIR), false);
  }));

Deno.test("an announcement that cannot be read announces nothing, and a new one can be made", async () => {
  for (const text of ["", "{", "null", "[]", '{".env":5}', '{".env":"x"}', "\0"]) {
    await withFakeHost({}, async (host) => {
      host.files.put(ANNOUNCEMENT, text);
      assert.deepEqual(Object.values(await readWritten(host, DIR)), [], text);
      await announce(host, DIR, { ".env": "h1" });
      await announce(host, DIR, { ".env": "h2", b: "h3" });
      assert.deepEqual(await readWritten(host, DIR), { ".env": ["h1", "h2"], b: ["h3"] });
      assert.equal((await host.files.stat(ANNOUNCEMENT))?.mode, 0o600);
    });
  }
});
