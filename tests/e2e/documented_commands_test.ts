/**
 * Every command line of the documentation is typed, as its reader would type it, against one real stack,
 * and must end as the tables say; those that cannot be typed here are excused, one by one.
 */
import assert from "node:assert/strict";
import { JSON_SHAPES, shapeOf } from "../../lib/reference/json_page.ts";
import { differences } from "../../lib/reference/json_shape.ts";
import { BESIDE } from "../support/documented_beside.ts";
import { Bench } from "../support/documented_bench.ts";
import { CHANGING, FIRST, SETTINGS } from "../support/documented_changing.ts";
import { READING } from "../support/documented_reading.ts";
import { INSTALLING, REPOSITORY } from "../support/documented_repository.ts";
import type { Run } from "../support/documented_tables.ts";
import { holdImages, productionImages, sh, TestStack } from "../support/stack.ts";

const only = Deno.env.get("DOCUMENTED_ONLY");

/** Programs that the guides tell the reader to have. */
const missing = await Promise.all(
  ["age", "jq", "man", "minisign", "openssl", "rclone", "script"].map(async (program) =>
    (await sh(["sh", "-c", `command -v "$0"`, program])).code === 0 ? [] : [program]
  ),
).then((each) => each.flat());
if (missing.length > 0) console.log(`documented commands: not here: ${missing.join(", ")}`);

Deno.test({
  name: "the commands of the documentation do what it says",
  ignore: missing.length > 0,
}, async (t) => {
  const began = performance.now();
  const images = await productionImages();
  await using stack = new TestStack("documented");
  await using drill = new TestStack("documented-drill");
  await using _held = await holdImages();
  const bench = await Bench.make(stack, drill, images.get("postgres") ?? "");
  await using _rescue = {
    async [Symbol.asyncDispose]() {
      await sh(["docker", "rm", "--force", "--volumes", bench.rescue]);
    },
  };
  let typed = 0;
  const compared = new Set<string>();

  /** In what a document on standard output is another than the reference says. */
  function otherThanSaid(run: Run, stdout: string): string[] {
    const said = run.line === undefined ? run.arrange ?? "" : `${run.line} ${run.add ?? ""}`.trim();
    const [, words = ""] = /^rxdx-setup ([^|>]*?)$/.exec(said) ?? [];
    const shape = words.includes("--json") ? shapeOf(words.split(/\s+/)) : undefined;
    // What is cut off in the middle is no document.
    if (shape === undefined || stdout.trim() === "" || run.until !== undefined) return [];
    compared.add(shape.command);
    const documents = shape.command === "logs" ? stdout.trim().split("\n") : [stdout];
    return documents.flatMap((text) => differences(shape, JSON.parse(text))).slice(0, 10);
  }

  /** Complaints about one line; empty when it did what it should. */
  async function complaints(run: Run): Promise<string[]> {
    const since = performance.now();
    const ran = await bench.type(run);
    if (run.line !== undefined) typed++;
    const wanted = run.exit ?? 0;
    if (Deno.env.has("DOCUMENTED_VERBOSE")) {
      console.log(
        `${((performance.now() - since) / 1000).toFixed(1)} s  ${run.line ?? run.arrange}`,
      );
    }
    const said = run.line ?? run.arrange;
    return [
      ...(ran.code === wanted ? [] : [`ended with ${ran.code}, not ${wanted}`]),
      ...(run.says === undefined || run.says.test(ran.text) ? [] : [`does not say ${run.says}`]),
      ...otherThanSaid(run, ran.stdout).map((what) => `${what} (docs/reference/json.md)`),
      // A bug is none of the ways in which a command may end.
      ...(/internal error|\bat file:\/\//.test(ran.text) ? ["a bug"] : []),
    ].map((what) => `${said}\n  ${what}:\n${ran.text.split("\n").slice(-15).join("\n")}`);
  }

  async function inTurn(runs: readonly Run[]): Promise<string[]> {
    const found: string[] = [];
    for (const run of runs) found.push(...await complaints(run));
    return found;
  }

  async function atOnce(runs: readonly Run[], width: number): Promise<string[]> {
    const left = [...runs];
    const worker = async () => {
      const found: string[] = [];
      for (let run = left.shift(); run !== undefined; run = left.shift()) {
        found.push(...await complaints(run));
      }
      return found;
    };
    return (await Promise.all(Array.from({ length: width }, worker))).flat();
  }

  async function judged(name: string, doing: () => Promise<string[]>) {
    await t.step(name, async () => {
      const since = performance.now();
      const found = await doing();
      console.log(`${name}: ${((performance.now() - since) / 1000).toFixed(0)} s`);
      assert.equal(found.length, 0, found.join("\n\n"));
    });
  }

  await judged("the installer of this repository", () => inTurn(INSTALLING));
  for (const { title, atOnce: width, runs } of READING) {
    if (only === undefined || only === "reading") await judged(title, () => atOnce(runs, width));
  }
  // Pictures of a stack that nobody changes meanwhile.
  if (only === undefined || only === "repository") {
    await judged("what is made of this repository", () => inTurn(REPOSITORY));
  }
  await judged("a recovery key and a backup", () => inTurn(FIRST));
  await judged("what changes the stack, and what runs beside it", async () => {
    const found = await Promise.all([
      only === undefined || only === "changing" ? inTurn(CHANGING) : [],
      only === undefined || only === "beside" ? inTurn(BESIDE) : [],
      only === undefined || only === "settings" ? inTurn(SETTINGS) : [],
    ]);
    return found.flat();
  });
  if (only === undefined) {
    const told = JSON_SHAPES.filter(({ comparedBy }) => comparedBy === undefined)
      .map(({ command }) => command);
    assert.deepEqual(told.filter((command) => !compared.has(command)), [], "never compared");
  }
  console.log(
    `documented commands: ${typed} typed in ${((performance.now() - began) / 1000).toFixed(0)} s`,
  );
});
