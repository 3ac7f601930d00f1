/** `config edit` with an editor that is a script: what it leaves behind is judged, shown, asked for. */
import assert from "node:assert/strict";
import { PROGRAM, TestStack } from "../support/stack.ts";
import { haveTmux, Tmux } from "../support/tmux.ts";

const missing = !await haveTmux();
if (missing) console.log("SKIPPED: config edit: tmux is not installed");

/** An editor that runs these shell lines on its file, given as $1. */
async function editor(directory: string, lines: string): Promise<string> {
  const path = `${directory}/editor-${Math.floor(Math.random() * 1e9)}`;
  await Deno.writeTextFile(path, `#!/bin/sh\nset -eu\n${lines}\n`, { mode: 0o755 });
  return path;
}

Deno.test({
  name: "rxdx.yml in an editor: judged as a whole, shown, and saved only when wanted",
  ignore: missing,
  fn: async (t) => {
    await using stack = new TestStack("edit");
    const ran = await stack.init(["--no-start"]);
    assert.equal(ran.code, 0, ran.text);
    const path = `${stack.dir}/rxdx.yml`;
    // Comments and order of one's own survive everything below.
    const original = (await Deno.readTextFile(path)).replace(
      "aliases:",
      "# ours: ask quality before changing this\naliases:",
    );
    await Deno.writeTextFile(path, original);
    const place = stack.place;
    await using terminal = await Tmux.start({ columns: 80, rows: 40 });
    const editWith = async (program: string) => {
      // Every edit ends in the same words as the one before.
      await terminal.clear();
      await terminal.type(
        `EDITOR=${program} ${PROGRAM} config edit --dir ${stack.dir}; echo "left with $?"`,
      );
    };
    const edit = async (lines: string) => await editWith(await editor(place, lines));
    const text = () => Deno.readTextFile(path);

    await t.step("what is wrong is all told; the next edit goes on there", async () => {
      // The first time two mistakes, the second time one of them put right and one value changed.
      await edit(`if grep -q 'log_level: LOUD' "$1"; then
        sed -i 's/log_level: LOUD/log_level: WARNING/; s/https: x/https: ${stack.ports.https}/' "$1"
      else
        sed -i 's/log_level: INFO/log_level: LOUD/; s/https: [0-9]*/https: x/' "$1"
      fi`);
      const screen = await terminal.untilShown("Number or name");
      assert.match(screen.join("\n"), /2 problems in rxdx.yml/);
      assert.match(screen.join("\n"), /application\.log_level/);
      assert.match(screen.join("\n"), /ports\.https/);
      assert.equal(await text(), original, "nothing is saved");
      await terminal.type("edit");
      await terminal.untilShown("only save it");
      await terminal.type("save");
      await terminal.untilShown("left with 0");
      assert.equal(await text(), original.replace("log_level: INFO", "log_level: WARNING"));
    });

    await t.step("no change, an editor that fails, discard: the file stays", async () => {
      const before = await text();
      await edit("true");
      await terminal.untilShown("Nothing was changed.");
      await terminal.untilShown("left with 0");
      await edit("exit 3");
      await terminal.untilShown("left with 130");
      await edit(`sed -i 's/log_level: WARNING/log_level: ERROR/' "$1"`);
      await terminal.untilShown("only save it");
      await terminal.type("discard");
      await terminal.untilShown("left with 130");
      assert.equal(await text(), before);
    });

    await t.step("somebody else's change meanwhile is not lost, nor is the edit", async () => {
      await edit(`sed -i 's/log_level: WARNING/log_level: ERROR/' "$1"
        sed -i 's/lock_hours: 1/lock_hours: 2/' ${path}`);
      await terminal.untilShown("only save it");
      await terminal.type("save");
      const screen = await terminal.untilShown("left with 5");
      assert.match(screen.join("\n"), /changed by somebody else/);
      assert.match(await text(), /lock_hours: 2/);
      const kept = await Deno.readTextFile(`${stack.dir}/.rxdx/edit/rxdx.yml`);
      assert.match(kept, /log_level: ERROR/);
    });

    await t.step("without a terminal, and without an editor", async () => {
      const piped = await stack.run(["config", "edit"], { env: { EDITOR: "true" } });
      assert.equal(piped.code, 2, piped.text);
      assert.match(piped.stderr, /config set/);
      await editWith("no-such-editor");
      await terminal.untilShown("left with 4");
    });

    await t.step("config set: several at once or none, and the whole is judged", async () => {
      const before = await text();
      const set = await stack.run(["config", "set", "nginx.max_body=50m", "ports.http=0"]);
      assert.equal(set.code, 3, set.text);
      const across = await stack.run(["config", "set", "application.max_upload=1g"]);
      assert.equal(across.code, 3, across.text);
      const machine = await stack.run(["config", "set", "resources.cpus=900"]);
      assert.equal(machine.code, 3, machine.text);
      assert.equal(await text(), before);
      await stack.ok(["config", "set", "nginx.max_body=50m", "application.lock_hours=3"]);
      const after = await text();
      assert.match(after, /# ours: ask quality before changing this\naliases:/);
      assert.equal(
        after,
        before.replace("max_body: 20m", "max_body: 50m").replace("lock_hours: 2", "lock_hours: 3"),
      );
    });
  },
});
