/**
 * Figures beside their peer: printed as they are measured, and kept for docs/benchmarks.md, which the
 * command itself writes between two marks.
 */
import configuration from "../../deno.json" with { type: "json" };
import { must, sh } from "../support/stack.ts";

export interface Figure {
  readonly what: string;
  readonly ours: number;
  readonly unit: "ms" | "s" | "%" | "MiB" | "lines" | "requests";
  /** What it is held against, and its figure; none where there is nothing like it. */
  readonly peer?: { readonly name: string; readonly value: number };
  /** What we want, in words. */
  readonly aim: string;
}

const figures: Figure[] = [];

export function amount(value: number, unit: Figure["unit"]): string {
  if (Number.isNaN(value)) return "–";
  if (unit === "lines" || unit === "requests") return String(Math.round(value));
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${unit}`;
}

function ratio({ ours, peer }: Figure): string {
  if (peer === undefined || !(peer.value > 0) || Number.isNaN(ours)) return "–";
  return (ours / peer.value).toFixed(2);
}

export function figure(each: Figure): void {
  figures.push(each);
  const { what, ours, unit, peer, aim } = each;
  console.log(
    `${what.padEnd(38)} ${amount(ours, unit).padStart(9)}   ${(peer?.name ?? "").padEnd(34)} ` +
      `${(peer === undefined ? "" : amount(peer.value, unit)).padStart(9)}   ` +
      `ratio ${ratio(each).padStart(5)} (aim: ${aim})`,
  );
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const PAGE = new URL("../../docs/benchmarks.md", import.meta.url).pathname;
const MARKS = [
  "<!-- figures: begin, written by `deno task bench --full` -->",
  "<!-- figures: end -->",
];

/** What the figures depend on; no name of a machine. */
async function circumstances(): Promise<string> {
  const [docker, compose, kernel, tmux] = await Promise.all([
    must(["docker", "version", "--format", "{{.Server.Version}}"]),
    must(["docker", "compose", "version", "--short"]),
    must(["uname", "-r"]),
    must(["tmux", "-V"]),
  ]);
  const memory = Math.round(Deno.systemMemoryInfo().total / 2 ** 30);
  return `Measured on ${
    new Date().toISOString().slice(0, 10)
  }: ${navigator.hardwareConcurrency} cores, ` +
    `${memory} GiB, Linux ${
      /^\d+\.\d+/.exec(kernel)?.[0] ?? ""
    }, Docker ${docker}, Compose ${compose}, ${tmux}, Deno ` +
    `${Deno.version.deno}, rxdx-setup ${configuration.version}.`;
}

/** Replaces what is between the marks. */
export async function writePage(): Promise<void> {
  const [begin = "", end = ""] = MARKS;
  const text = await Deno.readTextFile(PAGE);
  const [before, rest = ""] = text.split(begin);
  const after = rest.split(end)[1];
  if (after === undefined) throw new Error(`${PAGE} has lost its marks`);
  const rows = figures.map((each) => {
    const { what, ours, unit, peer, aim } = each;
    const cells = [
      what,
      amount(ours, unit),
      peer === undefined ? "" : `\`${peer.name}\``,
      peer === undefined ? "" : amount(peer.value, unit),
      ratio(each),
      aim,
    ];
    // A pipe would end the cell, also inside of code.
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  });
  const table = [
    "| Figure | Ours | Beside | Theirs | Ratio | Aim |",
    "| --- | --: | --- | --: | --: | --- |",
  ];
  const body = [begin, "", await circumstances(), "", ...table, ...rows, "", end].join("\n");
  await Deno.writeTextFile(PAGE, `${before}${body}${after}`);
  // An unformatted page is better than none.
  await sh([Deno.execPath(), "fmt", "--quiet", PAGE]).catch(() => undefined);
}
