/** Which version an upgrade goes to, and what it comes from. Changes nothing. */
import { changeDocument } from "../../answers/document_change.ts";
import { parseAnswers } from "../../answers/parse.ts";
import type { Answers } from "../../answers/schema.ts";
import type { Engine } from "../../engine/client.ts";
import { type Service, SERVICES } from "../../engine/compose.ts";
import { EXIT, invalidAnswers, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import type { CloneAt } from "../../images/look.ts";
import { type ImagesLock, readLock } from "../../images/lock.ts";
import { versionOf } from "../../images/names.ts";
import { quoted } from "../../steps/command_line.ts";
import { readRendered } from "../../steps/rendered.ts";
import type { ImageAt, StackVersion } from "../../upgrade/record.ts";
import { VERSION } from "../../version.ts";
import { type Install, readConfiguration } from "../install.ts";
import { lockedVersion } from "./version_name.ts";
import { prepareApply, type Prepared } from "../prepare.ts";

type Settings = Answers["images"];

/** The install as it runs: what was applied last, which an edited rxdx.yml may not be. */
export interface Running {
  readonly install: Install;
  readonly lock: ImagesLock;
  readonly version: StackVersion;
  /** Text of rxdx.yml as it was applied. */
  readonly configuration: string;
}

/**
 * @throws SetupError `nothing_recorded` (exit 4) when no apply came to its end here;
 *   `not_applied` (exit 2) when rxdx.yml says other things than the images that were not applied
 */
export async function runningVersion(
  host: Host,
  engine: Engine,
  install: Install,
): Promise<Running> {
  const { dir, receipt } = install;
  const lock = await readLock(host, dir);
  if (lock === undefined || receipt === undefined) {
    throw new SetupError({
      code: "nothing_recorded",
      message: `${dir} has no record of what runs: no apply came to its end here.`,
      hint: "rxdx-setup apply",
      exit: EXIT.prerequisite,
    });
  }
  const configuration = await readRendered(host, dir, "rxdx.yml") ?? install.configuration;
  const applied = readConfiguration(configuration, receipt).answers;
  const rest = ({ images: _, ...others }: Answers) => JSON.stringify(others);
  if (rest(applied) !== rest(install.answers)) {
    throw new SetupError({
      code: "not_applied",
      message:
        "rxdx.yml has changes besides the images that were not applied. An upgrade changes " +
        "the version alone, so that it is known what a failure comes from.",
      // `plan` alone may say that there is nothing to do: not every value is in a file of the stack.
      hint: "rxdx-setup apply; then run the same command again",
      exit: EXIT.usage,
    });
  }
  // What runs is believed before what is written down: its image may have been made anew since.
  const containers = await engine.containers(applied.name);
  const images = Object.fromEntries(
    SERVICES.flatMap((service): [Service, ImageAt][] => {
      const runs = containers.find(({ Labels }) =>
        Labels["com.docker.compose.service"] === service &&
        Labels["com.docker.compose.oneoff"] !== "True"
      );
      const locked = lock.services[service];
      const image = locked?.image ?? runs?.Image;
      const id = runs?.ImageID ?? locked?.id;
      return image === undefined || id === undefined ? [] : [[service, { image, id }]];
    }),
  );
  return {
    install,
    lock,
    configuration,
    version: {
      version: lockedVersion(applied, lock),
      setup: receipt.version,
      images,
      settings: applied.images,
      ...(lock.clone === undefined ? {} : { commit: lock.clone.commit }),
    },
  };
}

const usage = (message: string, hint: string) =>
  new SetupError({ code: "usage", message, hint, exit: EXIT.usage });

/**
 * The group `images` with another version.
 *
 * @param to tag, ref or file by the source; `undefined`: what rxdx.yml says, in its newest content
 * @param absolute resolves a path that was typed
 * @throws SetupError `usage` (exit 2) where the source has no version that could be named
 */
export function wantedSettings(
  settings: Settings,
  to: string | undefined,
  absolute: (path: string) => string,
): Settings {
  if (to === undefined) return settings;
  switch (settings.source) {
    case "registry":
      if (/^sha256:|@/.test(to)) {
        throw usage(
          "Each of the images has a digest of its own, so that no digest names a version.",
          "Name a tag: rxdx-setup upgrade --to 1.4.0; what it stands for is kept in images.lock",
        );
      }
      return { ...settings, tag: to };
    case "archive":
      return { ...settings, file: absolute(to) };
    case "build":
      if (settings.path !== "") {
        throw usage(
          `The images are built from ${settings.path}, in the state that it is in.`,
          `git -C ${quoted([settings.path])} checkout ${to}; then rxdx-setup upgrade`,
        );
      }
      return { ...settings, ref: to };
    case "demo":
      throw usage(
        "The demo's images are part of rxdx-setup; its own version is the only one.",
        "Install another rxdx-setup, then: rxdx-setup upgrade",
      );
  }
}

/** The install with another group `images`, checked as a whole. */
export function withSettings(install: Install, settings: Settings): Install {
  const parsed = parseAnswers({ ...install.answers, images: settings });
  if (!parsed.ok) throw invalidAnswers(parsed.problems, "the new version");
  const changed = Object.entries(settings)
    .filter(([key, value]) =>
      JSON.stringify(value) !== JSON.stringify(install.answers.images[key as keyof Settings])
    );
  const provenance = new Map(install.provenance);
  for (const [key] of changed) provenance.set(`images.${key}`, "flag");
  return {
    ...install,
    answers: parsed.answers,
    provenance,
    configuration: changeDocument(install.configuration, parsed.answers),
  };
}

/** The plan with the version that is wanted, and that version. */
export async function prepareTarget(
  host: Host,
  install: Install,
  clone: CloneAt,
): Promise<{ readonly prepared: Prepared; readonly version: StackVersion }> {
  const prepared = await prepareApply(host, install, { clone });
  const { plan } = prepared;
  const { origin, answers } = plan;
  return {
    prepared,
    version: {
      version: versionOf(answers, origin),
      setup: VERSION,
      images: Object.fromEntries(
        SERVICES.map((service) => [service, { image: plan.images[service], id: "" }]),
      ),
      settings: answers.images,
      ...(origin?.kind === "build" && answers.images.path === "" ? { commit: origin.commit } : {}),
    },
  };
}
