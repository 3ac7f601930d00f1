/**
 * The door: argv in, exit code out. The only place that catches errors and maps them to exit
 * codes; called by `main.ts` alone.
 */
import { Cancelled, EXIT, type ExitCode, SetupError } from "../errors.ts";
import type { Host } from "../host/types.ts";
import { VERSION } from "../version.ts";
import type { AppContext } from "./command.ts";
import type { CommandContext } from "./context.ts";
import type { GlobalFlags } from "./output.ts";

export async function run(argv: readonly string[], host: Host): Promise<number> {
  // Answered before anything is loaded: scripts ask often, and it should cost nothing.
  if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-v")) {
    host.terminal.out(`rxdx-setup ${VERSION}\n`);
    return EXIT.ok;
  }
  // The shell asks at every Tab.
  if (argv[0] === "__complete") {
    const { answerCompletion } = await import("./completion/answer.ts");
    await answerCompletion(host, argv.slice(1));
    return EXIT.ok;
  }
  const [stricli, { routes }, globals, { Output }, { installDirectory }, { machineFor }] =
    await Promise.all([
      import("@stricli/core"),
      import("./routes.ts"),
      import("./globals.ts"),
      import("./output.ts"),
      import("./context.ts"),
      import("./machine.ts"),
    ]);
  const { guessFlags, hoist, isBare } = globals;
  const words = hoist(argv);
  const accessible = host.env["ACCESSIBLE"] ?? "";
  const abort = new AbortController();
  const stop = [
    host.terminal.onSignal("SIGINT", () => abort.abort(new Cancelled())),
    host.terminal.onSignal("SIGTERM", () => abort.abort(new Cancelled())),
    // A dropped connection: stop in order rather than in the middle.
    host.terminal.onSignal("SIGHUP", () => abort.abort(new Cancelled())),
  ];
  const begin = (given: GlobalFlags): CommandContext => {
    const flags = { ...given, accessible: given.accessible || !["", "0"].includes(accessible) };
    return {
      host: machineFor(host, flags),
      flags,
      argv,
      out: new Output(host, flags),
      dir: installDirectory(host, flags.dir),
      signal: abort.signal,
      interactive: !flags.json && !flags.yes && host.terminal.stderrIsTerminal &&
        host.terminal.hasKeyboard,
    };
  };
  const failed = async (error: unknown): Promise<ExitCode> => {
    const out = new Output(host, guessFlags(argv));
    if (error instanceof SetupError) {
      const { addressHint } = await import("./hints.ts");
      const { dirFlag } = await import("./summary.ts");
      const dir = dirFlag({ host, dir: installDirectory(host, guessFlags(argv).dir) });
      out.error(error, addressHint(error.hint ?? "", dir));
      return error.exit;
    }
    if (abort.signal.aborted) {
      out.error(new Cancelled());
      return EXIT.cancelled;
    }
    const { reportBug } = await import("./bug.ts");
    out.error(await reportBug(host, error, argv));
    return EXIT.bug;
  };
  try {
    if (isBare(argv)) {
      const { start } = await import("./commands/menu.ts");
      return await start(begin(guessFlags(argv))) ?? EXIT.ok;
    }
    // Parse errors: kept until it is known whether they go out as text or as JSON.
    const complaints: string[] = [];
    const context: AppContext = {
      process: {
        stdout: { write: (text: string) => host.terminal.out(text) },
        stderr: { write: (text: string) => complaints.push(text) },
        env: host.env,
      } as AppContext["process"],
      begin,
      outcome: undefined,
    };
    const application = stricli.buildApplication(routes, {
      name: "rxdx-setup",
      scanner: { caseStyle: "allow-kebab-for-camel" },
      documentation: { disableAnsiColor: true },
    });
    await stricli.run(application, words, context);
    const { outcome } = context;
    if (outcome === undefined) {
      if (complaints.length === 0) return EXIT.ok;
      return await failed(
        new SetupError({
          code: "usage",
          message: complaints.join("").trim(),
          hint: `rxdx-setup ${words.find((word) => !word.startsWith("-")) ?? ""} --help`
            .replace("  ", " "),
          exit: EXIT.usage,
        }),
      );
    }
    return "error" in outcome ? await failed(outcome.error) : outcome.code;
  } catch (error) {
    return await failed(error);
  } finally {
    for (const each of stop) each();
  }
}
