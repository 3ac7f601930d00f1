/**
 * Every configuration of nginx that the golden cases hold, judged by gixy-ng: no finding of any severity
 * (criterion N5). It is a program in Python and comes with pip; where that has no way out it is skipped.
 */
import assert from "node:assert/strict";
import { caseNames, GOLDEN } from "./cases.ts";

const VERSION = "0.2.59";

interface Issue {
  readonly plugin: string;
  readonly severity: string;
  readonly summary: string;
}

async function run(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const done = await new Deno.Command(argv[0] ?? "", {
    args: argv.slice(1),
    env: { ...env },
    stdout: "piped",
    stderr: "piped",
  }).output().catch(() => undefined);
  const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);
  return { code: done?.code ?? 127, stdout: text(done?.stdout), stderr: text(done?.stderr) };
}

/** A directory that pip has put it into; `undefined` when pip cannot. */
async function installed(): Promise<string | undefined> {
  const place = await Deno.makeTempDir({ prefix: "rxdx-gixy-" });
  const done = await run([
    ...["python3", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"],
    ...["--target", place, `gixy-ng==${VERSION}`],
  ]);
  if (done.code === 0) return place;
  await Deno.remove(place, { recursive: true });
  console.log(`SKIPPED: gixy-ng: pip cannot install it (${done.stderr.trim().split("\n").at(-1)})`);
  return undefined;
}

const place = await installed();

async function issues(file: string): Promise<Issue[]> {
  const done = await run([`${place}/bin/gixy`, "-f", "json", file], { PYTHONPATH: place ?? "" });
  return JSON.parse(done.stdout) as Issue[];
}

Deno.test({
  name: "gixy-ng finds nothing in any configuration",
  ignore: place === undefined,
  fn: async () => {
    let judged = 0;
    for (const name of await caseNames()) {
      for (const which of ["nginx.conf", "nginx.prod.conf"]) {
        const file = `${GOLDEN}/${name}/expected/nginx/${which}`;
        if (!await Deno.stat(file).then(() => true, () => false)) continue;
        assert.deepEqual(await issues(file), [], `${name}/${which}`);
        judged++;
      }
    }
    assert.ok(judged >= 5, `${judged} configurations`);
    console.log(`    gixy-ng ${VERSION}: ${judged} configurations, 0 findings`);
  },
});

Deno.test({
  name: "gixy-ng does find what is wrong",
  ignore: place === undefined,
  fn: async () => {
    const file = await Deno.makeTempFile({ suffix: ".conf" });
    await Deno.writeTextFile(
      file,
      "events {}\nhttp { server { listen 80; server_name a.org;\n" +
        "  location / { proxy_pass http://$http_host; }\n" +
        "  location /x { return 301 https://$host$uri; } } }\n",
    );
    assert.ok((await issues(file)).length > 0);
    await Deno.remove(file);
    if (place !== undefined) await Deno.remove(place, { recursive: true });
  },
});
