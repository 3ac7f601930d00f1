/**
 * The first half of an upgrade, while the old version serves: what is there is kept, the new images come
 * here and are judged. Nothing that runs is touched, and no name that Compose uses means anything else
 * afterwards than before.
 */
import type { Engine } from "../../engine/client.ts";
import { type Service, SERVICES } from "../../engine/compose.ts";
import { EXIT, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import { type Login, pullImages, registryHostOf } from "../../images/pull.ts";
import { type Present, refusalOf, releaseOf } from "../../images/release.ts";
import { imageSteps } from "../../images/steps.ts";
import { mustRun } from "../../steps/command.ts";
import type { Step } from "../../steps/step.ts";
import { writableStep } from "../../steps/writable.ts";
import { pathsToChange } from "../../steps/write_files.ts";
import type { ImageAt, StackVersion } from "../../upgrade/record.ts";
import { VERSION } from "../../version.ts";
import { writing } from "../apply.ts";
import { needDatabase } from "../backup/scene.ts";
import { majorRefusal, postgresVersions } from "../postgres_major.ts";
import { extensionVersion, serverVersion } from "./database.ts";
import { spaceStep } from "./needs.ts";
import { keptName } from "./kept_names.ts";
import { noteUpgrade, readUpgrade, shelfPath } from "./records.ts";
import { keepVersion } from "./store.ts";
import { tagOf } from "./version_name.ts";
import type { Upgrade } from "./upgrade.ts";

export async function tag(host: Host, id: string, name: string): Promise<void> {
  await mustRun(host, ["docker", "tag", id, name], {
    code: "image_gone",
    hint: "docker images; docker system df",
    exit: EXIT.apply,
  });
}

export function imagesOfVersion({ images }: StackVersion): [Service, ImageAt][] {
  return SERVICES.flatMap((service): [Service, ImageAt][] => {
    const at = images[service];
    return at === undefined ? [] : [[service, at]];
  });
}

/** Names that stand for another image than they did in this version. */
export async function movedNames(
  engine: Engine,
  version: StackVersion,
): Promise<{ readonly service: Service; readonly image: string; readonly id: string }[]> {
  const found = await Promise.all(
    imagesOfVersion(version).map(async ([service, { image, id }]) => {
      const now = (await engine.image(image))?.Id;
      return now === id ? [] : [{ service, image, id }];
    }),
  );
  return found.flat();
}

/** Where recipes of images lie that are built before the install's own files are changed. */
function recipesPath(dir: string): string {
  return `${shelfPath(dir, "upgrade")}/recipes`;
}

function beginStep(upgrade: Upgrade): Step {
  const { host, prepared, running, record } = upgrade;
  const { dir, answers } = prepared.plan;
  return {
    id: "upgrade-begin",
    title: "Keep the files and images of the present version",
    isDone: async () => await readUpgrade(host, dir) !== undefined,
    run: async () => {
      for (const [service, { id }] of imagesOfVersion(record.from)) {
        await tag(host, id, keptName("upgrade", service, answers.name));
      }
      const receipt = running.install.receipt?.files ?? [];
      const paths = [
        ...prepared.files.map((file) => file.path),
        ...receipt.filter((file) => file.made !== true).map((file) => file.path),
      ];
      const texts = new Map([["rxdx.yml", running.configuration]]);
      await keepVersion(host, dir, record, paths, texts);
    },
  };
}

function recipesStep(upgrade: Upgrade): Step {
  const { host, prepared } = upgrade;
  const at = recipesPath(prepared.plan.dir);
  const recipes = prepared.files.filter(({ path }) => /^(demo|images)\//.test(path));
  return {
    id: "upgrade-recipes",
    title: "Write what the images are built from beside the install",
    isDone: async () => {
      for (const { path, text } of recipes) {
        if (await host.files.readText(`${at}/${path}`) !== text) return false;
      }
      return true;
    },
    run: async () => {
      for (const { path, text, mode } of recipes) {
        const to = `${at}/${path}`;
        await host.files.mkdir(to.slice(0, to.lastIndexOf("/")), 0o755);
        await host.files.writeAtomic(to, text, { mode });
      }
    },
  };
}

/** Content that is newer under a name that is here already. */
function pullStep(upgrade: Upgrade): Step {
  const { host, moved, prepared } = upgrade;
  const { plan } = prepared;
  const { registry, username } = plan.answers.images;
  const images = [...new Set(moved.map((service) => plan.images[service]))];
  return {
    id: "upgrade-pull",
    title: `Fetch the newer content of ${moved.join(", ")}`,
    isDone: async () => {
      const to = (await readUpgrade(host, plan.dir))?.to;
      return moved.every((service) => (to?.images[service]?.id ?? "") !== "");
    },
    run: async (report, signal) => {
      const own = username !== "" &&
        images.some((image) => registryHostOf(image) === registryHostOf(registry));
      const login: Login | undefined = own
        ? { registry, username, password: plan.secrets.REGISTRY_PASSWORD }
        : undefined;
      await pullImages(host, plan.dir, images, login, report, signal);
    },
  };
}

/** Notes what the names stand for now, and gives them back to the old images. */
function stageStep(upgrade: Upgrade): Step {
  const { host, engine, prepared } = upgrade;
  const { plan } = prepared;
  return {
    id: "upgrade-stage",
    title: "Note the new images by their content",
    isDone: () => Promise.resolve(false),
    run: async () => {
      const record = await readUpgrade(host, plan.dir) ?? upgrade.record;
      const images: Partial<Record<Service, ImageAt>> = {};
      for (const service of SERVICES) {
        const image = plan.images[service];
        const known = record.to.images[service];
        const [found, was] = [await engine.image(image), record.from.images[service]];
        // Gone on with: the name was given back already, and what it shall stand for is known.
        const id = known?.image === image && known.id !== "" && found?.Id === was?.id
          ? known.id
          : found?.Id ?? "";
        images[service] = { image, id };
      }
      await noteUpgrade(host, plan.dir, "upgrade", { to: { ...record.to, images } });
      for (const { image, id } of await movedNames(engine, record.from)) await tag(host, id, image);
    },
  };
}

async function presentVersions(upgrade: Upgrade, postgres: string): Promise<Present> {
  const { host, scene } = upgrade;
  const database = await needDatabase(scene);
  const age = await extensionVersion(host, database, "age");
  return {
    postgres: postgres || await serverVersion(host, database),
    ...(age === "" ? {} : { age }),
    "rxdx-setup": VERSION,
  };
}

/**
 * What the new version says about itself: whether it may be reached from here, and whether its PostgreSQL
 * opens the data. Asked of images that are here.
 *
 * @throws SetupError `release_stop`, `release_older`, `release_requires`, `postgres_major` (exit 4)
 */
export async function judgeRelease(upgrade: Upgrade): Promise<void> {
  const { host, engine, prepared, record } = upgrade;
  const { plan } = prepared;
  const backend = plan.images.backend;
  const old = record.from.images.backend;
  const staged = (await readUpgrade(host, plan.dir))?.to.images.backend?.id;
  const installed = releaseOf(await engine.image(old?.id ?? ""), tagOf(old?.image ?? ""));
  const target = releaseOf(
    await engine.image(staged === undefined || staged === "" ? backend : staged),
    tagOf(backend),
  );
  const image = plan.images.postgres;
  const another = (await engine.image(image))?.Id !== record.from.images.postgres?.id;
  const found = another && await engine.image(image) !== undefined
    ? await postgresVersions(host, engine, image, plan.dataVolume)
    : { image: "", data: "" };
  if (found.image !== "" && found.data !== "" && found.image.split(".")[0] !== found.data) {
    throw majorRefusal(image, found, plan.dir);
  }
  const refusal = refusalOf(installed, target, await presentVersions(upgrade, found.image));
  if (refusal === undefined) return;
  const hints = {
    release_older: "rxdx-setup rollback returns to the version before this one",
    release_requires: "Bring that up first, then run the same command again",
    release_stop: `rxdx-setup upgrade --to ${refusal.next}; then on to ${tagOf(backend)}`,
  };
  throw new SetupError({
    code: refusal.code,
    message: `${refusal.message} Nothing that runs was touched.`,
    hint: hints[refusal.code],
    exit: EXIT.prerequisite,
  });
}

function releaseStep(upgrade: Upgrade): Step {
  return {
    id: "upgrade-release",
    title: "Check that this version may be reached from the present one",
    check: true,
    isDone: () => Promise.resolve(false),
    run: () => judgeRelease(upgrade),
  };
}

export function prepareSteps(upgrade: Upgrade): Step[] {
  const { host, engine, prepared, moved } = upgrade;
  const { plan } = prepared;
  const builds = plan.answers.images.source === "demo" || plan.answers.images.source === "build";
  return [
    spaceStep(upgrade.needsOptions),
    writableStep(host, plan.dir, () => pathsToChange(writing(host, prepared))),
    beginStep(upgrade),
    ...(builds ? [recipesStep(upgrade)] : []),
    ...imageSteps(host, engine, plan, builds ? recipesPath(plan.dir) : plan.dir),
    ...(moved.length === 0 ? [] : [pullStep(upgrade)]),
    releaseStep(upgrade),
    stageStep(upgrade),
  ];
}
