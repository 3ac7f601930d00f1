/** `logs`: what the services write, merged in time order, filtered, and followed when asked to. */
import { SERVICES } from "../../engine/compose.ts";
import { Engine } from "../../engine/client.ts";
import { Cancelled, EXIT, type ExitCode } from "../../errors.ts";
import { needOwnStack } from "../../operations/pinned.ts";
import { followLogs } from "../../observe/log_follow.ts";
import { loggedContainers, readHistory } from "../../observe/log_history.ts";
import { clean } from "../../observe/log_line_clean.ts";
import { identity, isOneOff } from "../../observe/reduce_container.ts";
import { quoted } from "../../steps/command_line.ts";
import { palette } from "../../tui/widgets/palette.ts";
import { inServiceOrder } from "../../tui/widgets/service_order.ts";
import type { CommandContext } from "../context.ts";
import { type LogFlags, type LogOptions, logOptions } from "../logs/options.ts";
import { LogPrinter } from "../logs/printer.ts";
import { needEngine } from "../stack_look.ts";
import { dirFlag } from "../summary.ts";

/** Catching up before following is done when it takes less than this many milliseconds. */
const CAUGHT_UP_MS = 500;

/** However fast the logs grow, at some time following begins. */
const MAX_PASSES = 5;

export async function run(
  context: CommandContext,
  flags: LogFlags,
  ...services: readonly string[]
): Promise<ExitCode> {
  const { host, out, dir } = context;
  const engine = new Engine(host);
  const project = (await needOwnStack(host, engine, dir)).answers.name;
  const known = await knownServices(engine, project);
  const options = logOptions(flags, services, known, host.clock.now());
  await needEngine(engine);

  const reader = new AbortController();
  const stop = host.terminal.onReaderGone(() => reader.abort(), options.follow);
  const signal = AbortSignal.any([context.signal, reader.signal]);
  const printer = new LogPrinter({
    options,
    json: out.json,
    colors: palette(out.resultColors.isColorSupported),
    services: known,
    now: () => host.clock.now().getTime(),
    write: (text) => host.terminal.out(text),
    tell: (code, text) => out.json ? out.noteJson({ [code]: text }) : out.note(text),
  });
  try {
    await show({ context, engine, project, options, printer, signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    stop();
  }
  // Following has no end of its own: who ends it has seen what they wanted to see.
  if (context.signal.aborted && !options.follow && !reader.signal.aborted) throw new Cancelled();
  return EXIT.ok;
}

/** The services of this program and whatever else runs in the project; the daemon may be away. */
async function knownServices(engine: Engine, project: string): Promise<string[]> {
  const listed = await engine.containers(project).catch(() => []);
  const running = listed.filter((each) => !isOneOff(each.Labels))
    .map((each) => identity(each.Labels).service);
  return inServiceOrder([...SERVICES, ...running]);
}

interface Showing {
  readonly context: CommandContext;
  readonly engine: Engine;
  readonly project: string;
  readonly options: LogOptions;
  readonly printer: LogPrinter;
  readonly signal: AbortSignal;
}

/** A stamp as the daemon writes it. */
function stampAt(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace("Z", "000000Z");
}

async function show(showing: Showing): Promise<void> {
  const { context, engine, project, options, printer, signal } = showing;
  const { clock } = context.host;
  const { match, follow } = options;
  const known = new Map<string, string>();
  const refused = new Set<string>();
  let began = 0;
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    began = clock.now().getTime();
    const containers = await loggedContainers(engine, project, match.wantsService);
    if (pass === 0 && containers.length === 0) tellNothing(showing);
    printer.expect(containers);
    const history = readHistory(engine, containers, {
      ...(options.since === undefined ? {} : { since: options.since }),
      ...(options.until === undefined ? {} : { until: options.until }),
      // With a filter it is not known before how many lines hold as many that match.
      ...(pass === 0 && options.tail !== undefined && match.everyLine
        ? { tail: options.tail }
        : {}),
      known: new Map(known),
      signal,
      onRefused: ({ id, name }, reason) => {
        if (!refused.has(id)) printer.refused(name, clean(reason));
        refused.add(id);
      },
    });
    for await (const lines of history) {
      signal.throwIfAborted();
      for (const { source, stamp } of lines) known.set(source.id, stamp);
      printer.history(lines);
    }
    signal.throwIfAborted();
    printer.historyEnds();
    for (const { id } of containers) if (!known.has(id)) known.set(id, stampAt(began));
    if (!follow || clock.now().getTime() - began < CAUGHT_UP_MS) break;
  }
  if (!follow) return;
  await followLogs({
    engine,
    clock,
    project,
    wants: match.wantsService,
    known,
    begin: stampAt(began),
    signal,
    onLines: (lines) => printer.live(lines),
    onLost: (reason) => printer.lost(reason),
    onBack: () => printer.back(),
    onRefused: (name, reason) => {
      if (!refused.has(name)) printer.refused(name, reason);
      refused.add(name);
    },
  });
}

/** No container, no log: it is said, and where they come from. */
function tellNothing({ context, options, project, printer }: Showing): void {
  const start = quoted(["rxdx-setup", "start", ...dirFlag(context)]);
  printer.tell(
    "no_containers",
    `The stack ${project} has no containers of the services asked for, so there are no logs` +
      (options.follow ? " yet; waiting for them." : `. To start it: ${start}`),
  );
}
