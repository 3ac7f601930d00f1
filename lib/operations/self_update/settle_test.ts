/** What a killed run can leave, and that each of it is made whole, be it killed again in the middle. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { FakeHost } from "../../../tests/support/fake_host.ts";
import { Killed } from "../../../tests/support/fake_host_failures.ts";
import { parseReceipt } from "../../release/receipt.ts";
import { SHELL_FILES } from "../../release/shell_files.ts";
import { installedProgram } from "./installed.ts";
import { isSettled, settleStep } from "./settle.ts";
import { shellFilesOf } from "./shell_files.ts";

const PROGRAM = "/usr/local/bin/rxdx-setup";
const STAGE = "/usr/local/bin/.rxdx-setup-update";
const SHARE = "/usr/local/share/rxdx-setup";
const PAGE = `/usr/local/${SHELL_FILES.at(-1)?.path}`;
const PATHS: Readonly<Record<string, string>> = {
  program: PROGRAM,
  previous: `${SHARE}/previous`,
  next: `${SHARE}/previous.new`,
  page: PAGE,
};
const HEAD = "# What install.sh created.\n";
const TAIL = `directory ${SHARE}\ndirectory /usr/local/share\nstate ${SHARE}/.rxdx\n`;

/** `program=2.0.0`, one a word: what a file holds, or what the receipt says that it holds. */
function pairs(text: string): (readonly [name: string, content: string])[] {
  return text.split(" ").filter((each) => each !== "").map((each) => {
    const [name = "", content = ""] = each.split("=");
    return [name, content];
  });
}

function lines(text: string): string {
  return pairs(text).map(([name, content]) =>
    `file ${createHash("sha256").update(content).digest("hex")} ${PATHS[name]}\n`
  ).join("");
}

interface State {
  readonly there: string;
  readonly noted: string;
  readonly version?: string;
}

function machine({ there, noted, version = "2.0.0" }: State): FakeHost {
  const host = new FakeHost();
  for (const [name, content] of pairs(there)) {
    if (name === "stage") host.files.put(`${STAGE}/rxdx-setup`, content);
    else host.files.put(PATHS[name] ?? "", content);
  }
  const receipt = `${HEAD}version ${version}\ndoor download\n${lines(noted)}${TAIL}`;
  host.files.put(`${SHARE}/receipt`, receipt);
  const program = () => host.files.tree()[PROGRAM] ?? "";
  host.process.allow([PROGRAM, "--version"], () => `rxdx-setup ${program()}\n`)
    .allow([PROGRAM, "man"], () => `page-of-${program()}`);
  return host;
}

async function settle(host: FakeHost): Promise<boolean> {
  const installed = await installedProgram(host);
  const step = settleStep(host, installed, shellFilesOf(host, installed));
  if (await step.isDone()) return false;
  await step.run({ detail: () => undefined, services: () => undefined }, AbortSignal.any([]));
  return true;
}

/** Files by name as in {@link State}, the temporary ones of a write left out. */
function found(host: FakeHost): Record<string, string> {
  const names = new Map(Object.entries(PATHS).map(([name, path]) => [path, name]));
  return Object.fromEntries(
    Object.entries(host.files.tree()).filter(([path]) =>
      path !== `${SHARE}/receipt` && !path.includes(".tmp-")
    ).map(([path, content]) => [names.get(path) ?? path, content]),
  );
}

/** What is left → what is there afterwards, and in the receipt. */
const CASES: readonly (readonly [title: string, left: State, after: string, version: string])[] = [
  [
    "while it was brought",
    {
      there: "program=1.0.0 previous=0.9.0 stage=2.0.0",
      noted: "program=1.0.0 previous=0.9.0",
      version: "1.0.0",
    },
    "program=1.0.0 previous=0.9.0",
    "1.0.0",
  ],
  [
    "while the old one was copied: what was cut off does not replace the one that was kept",
    {
      there: "program=1.0.0 previous=0.9.0 next=1. stage=2.0.0",
      noted: "program=1.0.0 previous=0.9.0",
      version: "1.0.0",
    },
    "program=1.0.0 previous=0.9.0",
    "1.0.0",
  ],
  [
    "before the receipt knew of it",
    { there: "program=1.0.0 next=1.0.0 stage=2.0.0", noted: "program=1.0.0", version: "1.0.0" },
    "program=1.0.0",
    "1.0.0",
  ],
  [
    "between the receipt and the rename",
    {
      there: "program=1.0.0 previous=0.9.0 next=1.0.0 stage=2.0.0",
      noted: "program=1.0.0 program=2.0.0 previous=0.9.0 next=1.0.0",
    },
    "program=1.0.0 previous=0.9.0",
    "1.0.0",
  ],
  [
    "after the rename",
    {
      there: "program=2.0.0 previous=0.9.0 next=1.0.0 page=page-of-1.0.0",
      noted: "program=1.0.0 program=2.0.0 previous=0.9.0 next=1.0.0 page=page-of-1.0.0",
    },
    "program=2.0.0 previous=1.0.0 page=page-of-2.0.0",
    "2.0.0",
  ],
  [
    "by the settling itself, before the pages were written",
    {
      there: "program=2.0.0 previous=1.0.0 stage= page=page-of-1.0.0",
      noted: "program=2.0.0 previous=1.0.0 page=page-of-1.0.0 page=page-of-2.0.0",
    },
    "program=2.0.0 previous=1.0.0 page=page-of-2.0.0",
    "2.0.0",
  ],
  [
    "after the first kept one replaced the second",
    {
      there: "program=2.0.0 previous=1.0.0",
      noted: "program=1.0.0 program=2.0.0 previous=0.9.0 next=1.0.0",
    },
    "program=2.0.0 previous=1.0.0",
    "2.0.0",
  ],
];

for (const [title, left, after, version] of CASES) {
  Deno.test(`killed ${title}`, async () => {
    const whole = (host: FakeHost) => {
      assert.deepEqual(found(host), Object.fromEntries(pairs(after)));
      assert.equal(host.files.has(STAGE), false);
      const receipt = host.files.tree()[`${SHARE}/receipt`] ?? "";
      assert.equal(receipt, `${HEAD}version ${version}\ndoor download\n${lines(after)}${TAIL}`);
    };
    const host = machine(left);
    assert.equal(await settle(host), true);
    whole(host);
    assert.equal(await settle(host), false, "once is enough");

    for (let at = 1; at <= host.files.mutations.length; at++) {
      const again = machine(left);
      again.files.failAt(at, "kill");
      await assert.rejects(settle(again), Killed);
      again.files.revive();
      await settle(again);
      whole(again);
    }
  });
}

Deno.test("what nobody vouches for keeps the lines that tell it apart", async () => {
  const host = machine({
    there: "program=2.0.0 previous=mine next=1.0.0",
    noted: "program=1.0.0 program=2.0.0 previous=0.9.0",
  });
  assert.equal(await settle(host), true);
  const receipt = parseReceipt(host.files.tree()[`${SHARE}/receipt`] ?? "");
  assert.deepEqual(receipt.files, parseReceipt(lines("program=2.0.0 previous=0.9.0")).files);
  assert.ok(await isSettled(host, await installedProgram(host)));
});
