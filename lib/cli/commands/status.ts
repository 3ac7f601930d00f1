/** `status`: the live dashboard, or the state once as text or JSON. */
import { Engine } from "../../engine/client.ts";
import { EXIT, type ExitCode, SetupError } from "../../errors.ts";
import { readLock } from "../../images/lock.ts";
import { versionOf } from "../../images/names.ts";
import { handEditedPaths } from "../../operations/hand_edits.ts";
import { type Install, movedText } from "../../operations/install.ts";
import { needOwnStack } from "../../operations/pinned.ts";
import { inspect } from "../../observe/inspect.ts";
import type { StatusDocument } from "../../observe/status.ts";
import { lookAtCertificate } from "../../operations/tls/look.ts";
import { certificatePlan } from "../../operations/tls/scene.ts";
import { tlsStatus } from "../../operations/tls/status.ts";
import { canShowFullScreen } from "../../tui/terminal_guard.ts";
import { sizing } from "../../plan/sizing.ts";
import type { CommandContext } from "../context.ts";
import { sceneOf } from "../certificates.ts";
import { statusText } from "../status_text.ts";
import { dirFlag } from "../summary.ts";

interface Flags {
  readonly once: boolean;
  readonly readOnly: boolean;
}

export async function run(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const { host, out, dir } = context;
  const install = await needOwnStack(host, new Engine(host), dir);
  const engine = new Engine(host);
  const load = () => look(context, install, engine);
  const live = !flags.once && !out.json && !out.accessible &&
    canShowFullScreen(host.terminal, host.env);
  if (live) {
    const { runDashboard } = await import("../../tui/dashboard/run.ts");
    await runDashboard({
      host,
      engine,
      project: install.answers.name,
      load,
      readOnly: flags.readOnly,
      signal: context.signal,
      color: out.resultColors.isColorSupported,
    });
    return EXIT.ok;
  }
  if (!await engine.ping()) {
    throw new SetupError({
      code: "engine_unreachable",
      message: "Docker does not answer.",
      hint: "rxdx-setup engine",
      exit: EXIT.prerequisite,
    });
  }
  const document = await load();
  if (out.json) out.resultJson(document);
  else out.result(statusText(document, out.resultColors, host.clock.now()));
  return document.stack.state === "healthy" ? EXIT.ok : EXIT.unhealthy;
}

async function look(
  context: CommandContext,
  install: Install,
  engine: Engine,
): Promise<StatusDocument> {
  const { host, dir } = context;
  const { answers } = install;
  const sized = sizing({
    cpus: host.system.cpus(),
    memoryBytes: host.system.memoryBytes(),
    environment: answers.environment,
    resources: answers.resources,
  });
  const scene = sceneOf(context, await certificatePlan(host, install));
  const document = await inspect({
    host,
    engine,
    dir,
    answers,
    version: versionOf(answers, (await readLock(host, dir))?.origin),
    install: {
      moved: movedText(install),
      handEdited: await handEditedPaths(host, dir, install.receipt),
    },
    tls: tlsStatus(scene.plan, await lookAtCertificate(scene), host.clock.now()),
    plannedFor: install.receipt?.plannedFor,
    replicas: sized.ok && answers.environment !== "development" ? sized.sizing.replicas : 1,
  });
  const elsewhere = dirFlag(context).join(" ");
  if (elsewhere === "") return document;
  // Hints are commands to be pasted: they must address the stack that was asked about.
  const problems = document.problems.map((problem) => ({
    ...problem,
    hint: problem.hint.replace(/\brxdx-setup [a-z]+/g, (words) => `${words} ${elsewhere}`),
  }));
  return { ...document, problems };
}
