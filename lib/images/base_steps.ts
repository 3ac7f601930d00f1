/**
 * The root file systems that demo images start from: pulled where a registry answers,
 * bootstrapped from the distribution's own packages where none does.
 */
import type { Engine } from "../engine/client.ts";
import { debianMirror } from "../engine/mirror.ts";
import { EXIT, SetupError } from "../errors.ts";
import type { Host } from "../host/types.ts";
import type { Facts } from "../plan/facts.ts";
import { mustRun } from "../steps/command.ts";
import type { Step } from "../steps/step.ts";
import type { BaseImage } from "./demo.ts";

/** A registry that has not begun to answer by then counts as out of reach. */
const PULL_MS = 120_000;

export function baseImageStep(options: {
  readonly host: Host;
  readonly engine: Engine;
  readonly facts: Facts;
  readonly base: BaseImage;
  readonly dir: string;
  /** Images made from it: once they are all there, the base is not needed. */
  readonly neededBy: readonly string[];
}): Step {
  const { host, engine, facts, base, dir, neededBy } = options;
  const archive = `${dir}/.rxdx/tmp/base-${base.suite}.tar`;
  return {
    id: `base-${base.suite}`,
    title: `Get the base image (Debian ${base.suite})`,
    isDone: async () => {
      if (await engine.image(base.tag) !== undefined) return true;
      const images = await Promise.all(neededBy.map((tag) => engine.image(tag)));
      return images.every((image) => image !== undefined);
    },
    run: async (report, signal) => {
      report.detail(`docker pull ${base.pull}`);
      const pulled = await host.process.run(["docker", "pull", "--quiet", base.pull], {
        timeoutMs: PULL_MS,
        signal,
      });
      signal.throwIfAborted();
      if (pulled.code === 0) {
        await mustRun(host, ["docker", "tag", base.pull, base.tag], { signal });
        return;
      }
      report.detail("no registry answers; bootstrapping from distribution packages");
      await needBootstrapTool(host, facts, report.detail, signal);
      await host.files.mkdir(`${dir}/.rxdx/tmp`, 0o700);
      // A killed run may have left half an archive.
      await host.files.remove(archive);
      const mirror = facts.os.id === "debian" ? await debianMirror(host) : undefined;
      await mustRun(host, [
        "mmdebstrap",
        "--variant=minbase",
        "--include=ca-certificates",
        // A frozen mirror serves the testing suite with a Release file past its Valid-Until.
        // Signatures are still verified; for this base of the demo alone the date is not.
        ...(base.suite === "forky" ? ['--aptopt=Acquire::Check-Valid-Until "false"'] : []),
        base.suite,
        archive,
        ...(mirror === undefined ? [] : [mirror]),
      ], {
        signal,
        code: "bootstrap_failed",
        hint:
          "The distribution mirror must be reachable: try `apt-get update`, then run the same " +
          "command again.",
        onLine: (line) => report.detail(line.replace(/^I: /, "mmdebstrap: ")),
      });
      report.detail("docker import");
      await mustRun(host, ["docker", "import", archive, base.tag], { signal });
      await host.files.remove(archive);
    },
    undo: () => host.files.remove(archive),
  };
}

async function needBootstrapTool(
  host: Host,
  facts: Facts,
  detail: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  if ((await host.process.run(["mmdebstrap", "--version"])).code === 0) return;
  const install = [
    "apt-get",
    "install",
    "--yes",
    "--no-install-recommends",
    "mmdebstrap",
    "debian-archive-keyring",
  ];
  const apt = facts.os.id === "debian" || facts.os.like.includes("debian");
  if (!apt || facts.uid !== 0) {
    throw new SetupError({
      code: "mmdebstrap_missing",
      message:
        `No registry has ${"`"}debian${"`"} images, and mmdebstrap is not installed to make them.`,
      hint: apt
        ? `sudo ${install.join(" ")}`
        : "Install mmdebstrap, or give this machine access to an image registry.",
      exit: EXIT.prerequisite,
    });
  }
  detail(install.join(" "));
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await mustRun(host, ["apt-get", "update"], { signal, env });
  await mustRun(host, install, { signal, env, exit: EXIT.prerequisite });
}
