/** Tab in a real bash, zsh and fish, with what `rxdx-setup completions` prints. */
import assert from "node:assert/strict";
import { must, PROGRAM, sh } from "../support/stack.ts";
import { haveTmux, quote, Tmux } from "../support/tmux.ts";

/** How each shell is started without anybody's settings, and reads its script. */
const SHELLS = {
  bash: (script: string) => ["bash --noprofile --norc", "PS1='% '", `source ${script}`],
  zsh: (script: string) => [
    "zsh -f",
    "PS1='%% '; setopt no_beep; zstyle ':completion:*' list-prompt ''",
    "autoload -Uz compinit && compinit -D",
    `source ${script}`,
  ],
  fish: (script: string) => [
    "fish --no-config --private",
    "function fish_prompt; printf '%% '; end; set -g fish_autosuggestion_enabled 0",
    `source ${script}`,
  ],
};

interface Case {
  readonly typed: string;
  /** What stands on the line after Tab. */
  readonly becomes: string;
  /** Typed on, and what another Tab makes of it. */
  readonly then?: readonly [typed: string, becomes: string];
}

const casesIn = (dir: string): Case[] => [
  { typed: "stat", becomes: "status" },
  { typed: "config get doma", becomes: "config get domain" },
  {
    typed: "config set tls.mo",
    becomes: "config set tls.mode=",
    then: ["let", "config set tls.mode=letsencrypt"],
  },
  { typed: "init --set environment=pro", becomes: "init --set environment=production" },
  { typed: "init --no-sta", becomes: "init --no-start" },
  { typed: "stop ngi", becomes: "stop nginx" },
  { typed: "--json logs --level wa", becomes: "--json logs --level warning" },
  {
    typed: `--dir ${dir} backup verify plant-2`,
    becomes: `--dir ${dir} backup verify plant-20260314T020000Z`,
  },
  { typed: `tls import ${dir}/fullc`, becomes: `tls import ${dir}/fullchain.pem` },
  // Nothing to offer: the line stays, and no error stands in it.
  { typed: "--dir /no/such backup verify x", becomes: "--dir /no/such backup verify x" },
];

const ready = await haveTmux() && (await sh(["test", "-x", PROGRAM])).code === 0;

for (const [shell, start] of Object.entries(SHELLS)) {
  const missing = !ready || (await sh(["which", shell])).code !== 0;
  Deno.test({ name: `Tab in ${shell}`, ignore: missing }, async () => {
    const dir = await Deno.makeTempDir({ prefix: "rxdx-tab-" });
    try {
      await Deno.writeTextFile(`${dir}/rxdx.yml`, "name: plant\n");
      await Deno.mkdir(`${dir}/backups`);
      await Deno.writeTextFile(`${dir}/backups/plant-20260314T020000Z.tar.age`, "");
      await Deno.writeTextFile(`${dir}/fullchain.pem`, "");
      await Deno.mkdir(`${dir}/bin`);
      await Deno.symlink(PROGRAM, `${dir}/bin/rxdx-setup`);
      const script = await must([PROGRAM, "completions", shell]);
      await Deno.writeTextFile(`${dir}/script`, `${script}\n`);
      await using terminal = await Tmux.start({
        columns: 140,
        rows: 24,
        env: { PATH: `${dir}/bin:${Deno.env.get("PATH")}`, HOME: dir },
      });
      for (const line of start(quote(`${dir}/script`))) await terminal.type(line);
      await terminal.type("clear");
      const prompt = "% rxdx-setup";
      await terminal.until("an empty prompt", (screen) => screen.join("").trim() === "%");
      const cases = casesIn(dir);
      for (const { typed, becomes, then } of cases) {
        await terminal.text(`rxdx-setup ${typed}`);
        await terminal.keys("Tab");
        await terminal.untilShown(`${prompt} ${becomes}`);
        if (then !== undefined) {
          const [more, result] = then;
          await terminal.text(more);
          await terminal.keys("Tab");
          await terminal.untilShown(`${prompt} ${result}`);
        }
        // A word that is whole is followed by a blank, so that one more character begins the next.
        await terminal.keys("C-u");
        const screen = await terminal.until(
          "an empty line",
          (lines) => !lines.join("\n").includes("rxdx-setup"),
        );
        assert.doesNotMatch(screen.join("\n"), /error|Error|not found|stack/);
      }
    } finally {
      // A shell that is just leaving may still write its history there.
      const script = 'tries=0; until rm -rf "$1"; do ' +
        'tries=$((tries + 1)); [ "$tries" -lt 100 ] || exit 1; sleep 0.1; done';
      await must(["sh", "-c", script, "sh", dir]);
    }
  });
}

Deno.test({ name: "an answer is quick, and never a complaint", ignore: !ready }, async () => {
  for (
    const words of [
      ["backup", "verify", ""],
      ["--dir", "/root/\x1b", "backup", "verify", ""],
      [],
      ["--dir"],
      ["no such thing", "--x", "="],
    ]
  ) {
    const answered = await sh([PROGRAM, "__complete", "--", ...words], {
      env: { RXDX_DIR: "/proc/1/x" },
    });
    assert.deepEqual([answered.code, answered.stderr], [0, ""], words.join(" "));
  }
  const times: number[] = [];
  for (let round = 0; round < 9; round++) {
    const from = performance.now();
    await must([PROGRAM, "__complete", "--", "config", "get", "t"]);
    times.push(performance.now() - from);
  }
  // A figure, not a judgement: the machine that runs the tests may be busy.
  console.log(`an answer takes ${times.sort((a, b) => a - b)[4]?.toFixed(0)} ms (median of 9)`);
});
