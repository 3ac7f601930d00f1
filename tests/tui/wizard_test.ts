/**
 * The built program in a real terminal: the questions, an invalid answer, leaving with Ctrl-C, and
 * the way from the first question to a running stack and its dashboard, at 80×24.
 */
import assert from "node:assert/strict";
import { holdImages, PROGRAM, TestStack } from "../support/stack.ts";
import { haveTmux, quote, Tmux } from "../support/tmux.ts";

const missing = !await haveTmux();
if (missing) console.log("SKIPPED: wizard in a terminal: tmux is not installed");

const QUESTIONS = [
  "Which environment is this?",
  "By which name or address",
  "HTTPS port",
  "HTTP port",
  "Where do the images come from?",
  "How does HTTPS get its certificate?",
  "How much of this machine may it use?",
  "Administrator's e-mail",
];

function command(stack: TestStack): string {
  const settings = stack.settings().map((word) => quote(word)).join(" ");
  return `${PROGRAM} init --dir ${stack.dir} ${settings}; echo "left with $?"`;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

Deno.test({
  name: "Ctrl-C at any question leaves with 130, writes nothing, and restores the terminal",
  ignore: missing,
  fn: async (t) => {
    await using stack = new TestStack("ctrlc");
    await using terminal = await Tmux.start({ columns: 80, rows: 24 });
    const stty = await terminal.stty();
    for (const [index, question] of QUESTIONS.entries()) {
      await t.step(question, async () => {
        await terminal.type(`clear; ${command(stack)}`);
        for (const earlier of QUESTIONS.slice(0, index)) {
          await terminal.untilShown(`◆  ${earlier}`);
          await terminal.keys("Enter");
        }
        await terminal.untilShown(`◆  ${question}`);
        await terminal.keys("C-c");
        await terminal.untilShown("left with 130");
        const state = await terminal.state();
        assert.ok(state.cursorVisible && !state.alternateScreen);
        assert.equal(await terminal.stty(), stty);
        assert.equal(await exists(stack.dir), false);
      });
    }
  },
});

Deno.test({
  name: "an invalid answer is refused on the spot; Enter through the rest starts the stack",
  ignore: missing,
  fn: async () => {
    await using stack = new TestStack("wizard");
    await using _held = await holdImages();
    await using terminal = await Tmux.start({ columns: 80, rows: 24 });
    await terminal.type(`clear; ${command(stack)}`);
    await terminal.untilShown(`◆  ${QUESTIONS[0]}`);
    await terminal.keys("Enter");
    await terminal.untilShown(`◆  ${QUESTIONS[1]}`);
    await terminal.keys("C-u");
    await terminal.type("not a name");
    await terminal.untilShown("must be a host name");
    await terminal.keys("C-u");
    await terminal.type("rxdx.example.com");
    for (const question of QUESTIONS.slice(2)) {
      await terminal.untilShown(`◆  ${question}`);
      await terminal.keys("Enter");
    }
    await terminal.untilShown("◆  Go ahead?");
    assert.equal(await exists(stack.dir), false, "nothing before the operator agrees");
    await terminal.keys("Enter");
    const screen = await terminal.until(
      "the end of the run",
      (lines) => lines.some((line) => line.startsWith("left with")),
      240_000,
    );
    assert.ok(screen.some((line) => line === "left with 0"), screen.join("\n"));
    assert.ok(
      screen.some((line) => line.includes(`https://rxdx.example.com:${stack.ports.https}`)),
    );
    assert.ok(screen.every((line) => line.length <= 80));
    assert.ok((await terminal.state()).cursorVisible);

    await terminal.type(`clear; ${PROGRAM} status --dir ${stack.dir}; echo "left with $?"`);
    await terminal.until(
      "four healthy services",
      (lines) => lines.filter((line) => line.includes("● healthy")).length >= 5,
    );
    assert.equal((await terminal.state()).alternateScreen, true);
    await terminal.keys("q");
    await terminal.untilShown("left with 0");
    const state = await terminal.state();
    assert.ok(state.cursorVisible && !state.alternateScreen);

    await terminal.type(`clear; ${PROGRAM} --dir ${stack.dir}; echo "left with $?"`);
    await terminal.untilShown("Change settings");
    await terminal.keys("C-c");
    await terminal.untilShown("left with 130");
  },
});

Deno.test("without a terminal nothing is asked: exit 2 and the flags to use", async () => {
  await using stack = new TestStack("notty");
  const ran = await stack.run(["init"]);
  assert.equal(ran.code, 2, ran.text);
  assert.match(ran.stderr, /--demo --yes|--answers FILE --yes/);
  const bare = await stack.run([]);
  assert.equal(bare.code, 2, bare.text);
  assert.equal(await exists(stack.dir), false);
});
