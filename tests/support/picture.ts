/**
 * Pictures of the program for the documentation, from real runs: starts a command in a terminal of
 * its own, waits until a text is on the screen, and writes the screen as an SVG.
 *
 *   deno run -A tests/support/picture.ts --output docs/pictures/dashboard.svg \
 *     --title "rxdx-setup status" --wait database -- dist/rxdx-setup status
 *
 * Without a command it turns `tmux capture-pane -e -p` from standard input into the picture.
 */
import { parseArgs } from "node:util";
import { picture } from "./picture_svg.ts";
import { quote, Tmux } from "./tmux.ts";

interface Shot {
  readonly command: readonly string[];
  readonly columns: number;
  readonly rows: number;
  /** Matched against the plain text of the screen. */
  readonly wait: RegExp;
  /** Names of tmux, pressed once `wait` has matched. */
  readonly keys: readonly string[];
  /** Milliseconds between the match, or a key, and the picture. */
  readonly settleMs: number;
  readonly timeoutMs: number;
}

/** Runs the command in a terminal of its own and returns the screen with its colours. */
async function capture(shot: Shot): Promise<string> {
  const { columns, rows, wait } = shot;
  const settle = () => new Promise((resolve) => setTimeout(resolve, shot.settleMs));
  await using terminal = await Tmux.start({ columns, rows });
  const line = `clear; ${shot.command.map(quote).join(" ")}`;
  // No prompt follows when the command has ended.
  await terminal.type(`${line}; sleep 3600`);
  await terminal.until(
    String(wait),
    (screen) => !screen.some((each) => each.includes("$ clear;")) && wait.test(screen.join("\n")),
    shot.timeoutMs,
  );
  await settle();
  for (const key of shot.keys) {
    await terminal.keys(key);
    await settle();
  }
  return (await terminal.screen(true)).join("\n");
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    args: Deno.args,
    allowPositionals: true,
    options: {
      output: { type: "string" },
      title: { type: "string" },
      columns: { type: "string", default: "120" },
      rows: { type: "string", default: "30" },
      wait: { type: "string", default: "\\S" },
      keys: { type: "string", default: "" },
      settle: { type: "string", default: "1" },
      timeout: { type: "string", default: "60" },
    },
  });
  const columns = Number(values.columns);
  const screen = positionals.length === 0
    ? await new Response(Deno.stdin.readable).text()
    : await capture({
      command: positionals,
      columns,
      rows: Number(values.rows),
      wait: new RegExp(values.wait),
      keys: values.keys.split(" ").filter((key) => key !== ""),
      settleMs: Number(values.settle) * 1000,
      timeoutMs: Number(values.timeout) * 1000,
    });
  const svg = picture(screen, { title: values.title ?? positionals.join(" "), columns });
  if (values.output === undefined) await Deno.stdout.write(new TextEncoder().encode(svg));
  else {
    await Deno.mkdir(values.output.replace(/[^/]*$/, "") || ".", { recursive: true });
    await Deno.writeTextFile(values.output, svg);
  }
}
