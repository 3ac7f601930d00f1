/** What has to be made of the data of an old stack before the new one starts. The originals stay. */
import { SCRATCH_LABEL } from "../backup/sources.ts";
import type { Engine } from "../../engine/client.ts";
import type { Host } from "../../host/types.ts";
import { type Plan, uploadsVolumeOf } from "../../plan/plan.ts";
import { EXIT, SetupError } from "../../errors.ts";
import { mustRun } from "../../steps/command.ts";
import type { Step } from "../../steps/step.ts";
import { complaints, pump } from "./pump.ts";
import { type ImportState, noteImport, readImport } from "./state.ts";

/** A directory that holds a database becomes a volume that Compose can name; nothing is moved. */
export function bindVolumeStep(
  host: Host,
  engine: Engine,
  { path, volume }: NonNullable<ImportState["data"]["bind"]>,
): Step {
  return {
    id: "import-volume",
    title: `Name ${path} as the Docker volume ${volume}`,
    isDone: async () => (await engine.volumes()).some(({ Name }) => Name === volume),
    run: async (_report, signal) => {
      await mustRun(host, [
        "docker",
        "volume",
        "create",
        "--driver=local",
        "--opt=type=none",
        "--opt=o=bind",
        `--opt=device=${path}`,
        volume,
      ], { signal });
    },
    // The directory is none of it: removing such a volume removes its name.
    undo: async () => {
      await host.process.run(["docker", "volume", "rm", volume]);
    },
  };
}

/**
 * Copies uploads into the volume of the new stack, for the user that its backend runs as. After the old one
 * has stopped, so that none is missed; a copy that did not come to its end is made again.
 */
export function uploadsStep(
  host: Host,
  plan: Plan,
  { from, source, container }: NonNullable<ImportState["data"]["uploads"]>,
): Step {
  const volume = uploadsVolumeOf(plan.answers);
  const project = plan.answers.name;
  const tar = [
    "docker",
    "run",
    "--rm",
    "--interactive",
    `--label=${SCRATCH_LABEL}=${project}`,
    "--pull=never",
    "--network=none",
    "--log-driver=none",
    "--read-only",
    "--cap-drop=ALL",
    "--cap-add=CHOWN",
    "--cap-add=DAC_OVERRIDE",
    "--cap-add=FOWNER",
    "--security-opt=no-new-privileges",
    "--user=0:0",
    `--mount=type=volume,source=${volume},target=/to`,
    "--entrypoint=sh",
    plan.images.postgres,
    "-c",
    "tar --extract --file=- --directory=/to && chown -R 1000:1000 /to",
  ];
  const reading = from === "container"
    ? ["docker", "cp", `${container}:${source}/.`, "-"]
    : ["tar", "--create", "--file=-", `--directory=${source}`, "."];
  return {
    id: "import-uploads",
    title: `Copy the uploads into ${volume}`,
    isDone: async () => (await readImport(host, plan.dir))?.uploadsCopied === true,
    run: async (_report, signal) => {
      await mustRun(host, [
        "docker",
        "volume",
        "create",
        `--label=com.docker.compose.project=${project}`,
        "--label=com.docker.compose.volume=backend_uploads",
        volume,
      ], { signal });
      const pumped = await pump(host, reading, tar, { signal });
      const { read, written } = pumped;
      signal.throwIfAborted();
      // A container that never had the directory has no uploads.
      const none = from === "container" && /Could not find|no such file/i.test(read.stderr);
      if ((read.code !== 0 && !none) || (written.code !== 0 && !none)) {
        throw new SetupError({
          code: "uploads_not_copied",
          message: `The uploads in ${source} could not be copied: ${complaints(pumped)}`,
          hint: "The old stack is as it was. Run the same command again.",
          exit: EXIT.apply,
        });
      }
      await noteImport(host, plan.dir, { uploadsCopied: true });
    },
  };
}
