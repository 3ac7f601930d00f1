/** Getting images that are not the demo's: fetched, loaded, or built from a checkout; as steps. */
import { type Service, SERVICES } from "../engine/compose.ts";
import type { Engine } from "../engine/client.ts";
import { EXIT, SetupError } from "../errors.ts";
import type { Host } from "../host/types.ts";
import type { Plan } from "../plan/plan.ts";
import { mustRun, tail } from "../steps/command.ts";
import { quoted } from "../steps/command_line.ts";
import type { Step } from "../steps/step.ts";
import { buildCheckoutCommand, BUILT, type BuiltService, isBuilt } from "./build.ts";
import { withBuildSecrets } from "./build_secrets.ts";
import { clonePath, GIT_ENV } from "./checkout.ts";
import { readLock } from "./lock.ts";
import type { ArchiveOrigin, CheckoutOrigin } from "./origin.ts";
import { type Login, pullImages } from "./pull.ts";
import { RELEASE_FILE, releaseLabels } from "./release.ts";
import { buildLine, failedStepOutput, PROXY_VARIABLES } from "./progress_lines.ts";

async function missing(engine: Engine, images: readonly string[]): Promise<string[]> {
  const found = await Promise.all(images.map((image) => engine.image(image)));
  return [...new Set(images.filter((_, index) => found[index] === undefined))];
}

/** Fetches what is not on this machine yet. */
export function fetchStep(
  host: Host,
  engine: Engine,
  plan: Plan,
  services: readonly Service[],
): Step {
  const images = services.map((service) => plan.images[service]);
  const { registry, username } = plan.answers.images;
  const login: Login | undefined = plan.answers.images.source === "registry" && username !== ""
    ? { registry, username, password: plan.secrets.REGISTRY_PASSWORD }
    : undefined;
  return {
    id: "images",
    title: "Fetch the images",
    isDone: async () => (await missing(engine, images)).length === 0,
    run: async (report, signal) => {
      await pullImages(host, plan.dir, await missing(engine, images), login, report, signal);
    },
  };
}

/** Loads the archive. Done when its images are here, by their own ids where these can be compared. */
export function loadStep(host: Host, engine: Engine, plan: Plan, origin: ArchiveOrigin): Step {
  const entries = Object.entries(origin.images) as [Service, string][];
  const isOf = (service: Service, id: string) =>
    [origin.ids[service], origin.manifests?.[service]]
      .some((digest) => digest !== undefined && id === `sha256:${digest}`);
  const { bundle } = origin;
  // A bundle says what must have come out of it; of any other archive, its store may differ from ours.
  const checkLoaded = async () => {
    if (bundle === undefined) return;
    for (const [service, image] of entries) {
      const found = await engine.image(image);
      if (found !== undefined && isOf(service, found.Id)) continue;
      throw new SetupError({
        code: "archive_differs",
        message: `${image} was loaded from ${origin.file} and is not the image that its manifest ` +
          "names. Nothing was started with it.",
        hint: `rxdx-setup bundle verify ${quoted([origin.file])}`,
        exit: EXIT.apply,
      });
    }
  };
  return {
    id: "images",
    title: `Load the images of ${origin.file}`,
    ...(bundle === undefined ? {} : { facts: () => ({ bundle: bundle.digest }) }),
    isDone: async () => {
      const lock = await readLock(host, plan.dir);
      const same = JSON.stringify(lock?.origin) === JSON.stringify(origin);
      for (const [service, image] of entries) {
        const found = await engine.image(image);
        if (found === undefined) return false;
        // Another content under the same name is not the archive's image.
        if (!same && !isOf(service, found.Id)) return false;
      }
      return true;
    },
    run: async (report, signal) => {
      if (await host.files.stat(origin.file) === undefined) {
        throw new SetupError({
          code: "archive_gone",
          message:
            `${origin.file} is not there any more, and its images are not all on this machine.`,
          hint: "Put it back, or name another one: images.file in rxdx.yml",
          exit: EXIT.prerequisite,
        });
      }
      const result = await host.process.run(["docker", "load", "--input", origin.file], {
        signal,
        onLine: (line) => report.detail(line.trim()),
      });
      signal.throwIfAborted();
      if (result.code === 0) return await checkLoaded();
      const full = /no space left on device/i.test(result.stderr);
      throw new SetupError({
        code: full ? "disk_full" : "archive_damaged",
        message: full
          ? `The disk is full; ${origin.file} could not be loaded.`
          : `${origin.file} could not be loaded, it is damaged or cut off:\n${
            tail(result.stderr, 4)
          }`,
        hint: full ? "docker system df; docker image prune" : "Copy it again and compare its size.",
        exit: EXIT.prerequisite,
      });
    },
  };
}

/** Clones the repository at the commit of the plan. Edits made in the clone are never thrown away. */
export function cloneStep(host: Host, plan: Plan, origin: CheckoutOrigin): Step {
  const { git, ref } = plan.answers.images;
  const source = clonePath(plan.dir);
  const ask = (words: readonly string[]) =>
    host.process.run(["git", "-C", source, ...words], { env: GIT_ENV });
  return {
    id: "source",
    title: `Clone ${git}${ref === "" ? "" : ` at ${ref}`}`,
    isDone: async () => (await ask(["rev-parse", "HEAD"])).stdout.trim() === origin.commit,
    run: async (report, signal) => {
      if (await host.files.stat(`${source}/.git`) === undefined) {
        await host.files.mkdir(source, 0o755);
        await mustRun(host, ["git", "init", "--quiet", source], { signal, env: GIT_ENV });
      }
      const edited = (await ask(["status", "--porcelain"])).stdout.trim();
      if (edited !== "") {
        throw new SetupError({
          code: "clone_edited",
          message: `Files in ${source} were edited and would be lost:\n${tail(edited)}`,
          hint: `Commit and push them, or move them away: git -C ${source} stash --all`,
          exit: EXIT.apply,
        });
      }
      report.detail(`git fetch ${git}`);
      // Not every server gives out a commit by its id; the ref is asked for where it does not.
      let fetched = false;
      for (const wanted of [origin.commit, ref === "" ? "HEAD" : ref]) {
        const result = await host.process.run(
          ["git", "-C", source, "fetch", "--quiet", "--depth=1", git, wanted],
          { signal, env: GIT_ENV },
        );
        signal.throwIfAborted();
        fetched = result.code === 0;
        if (fetched) break;
      }
      const at = ["git", "-C", source];
      const found = (await ask(["rev-parse", "FETCH_HEAD"])).stdout.trim();
      if (!fetched || found !== origin.commit) {
        throw new SetupError({
          code: "clone_failed",
          message: `Commit ${origin.commit} could not be fetched from ${git}.`,
          hint: "Run the same command again; if the branch has moved, name a tag: images.ref",
          exit: EXIT.apply,
        });
      }
      await mustRun(host, [...at, "checkout", "--quiet", "--detach", origin.commit], {
        signal,
        env: GIT_ENV,
      });
    },
  };
}

export function buildCheckoutStep(
  host: Host,
  engine: Engine,
  plan: Plan,
  origin: CheckoutOrigin,
  service: BuiltService,
  recipes: string = plan.dir,
): Step {
  const image = plan.images[service];
  return {
    id: `image-${service}`,
    title: `Build the ${service} image from ${origin.dir}`,
    isDone: async () => await engine.image(image) !== undefined,
    run: async (report, signal) => {
      const release = service === "backend"
        ? releaseLabels(await host.files.readText(`${origin.dir}/${RELEASE_FILE}`))
        : {};
      await withBuildSecrets(host, plan.dir, async (secrets) => {
        const command = buildCheckoutCommand({
          service,
          image,
          answers: plan.answers,
          origin,
          secrets,
          labels: release,
          variables: PROXY_VARIABLES.filter((name) => host.env[name] !== undefined),
        });
        const result = await host.process.run(command, {
          cwd: recipes,
          env: { DOCKER_BUILDKIT: "1" },
          signal,
          onLine: (line) => {
            const text = buildLine(line);
            if (text.trim() !== "") report.detail(text);
          },
        });
        signal.throwIfAborted();
        if (result.code !== 0) throw buildFailure(service, result.stderr);
      });
    },
  };
}

/** The last words of a failed build, and what they usually mean. */
function buildFailure(service: BuiltService, stderr: string): SetupError {
  const causes: readonly (readonly [RegExp, string, string])[] = [
    [/no space left on device/i, "the disk is full", "docker system df; docker builder prune"],
    [
      /needs to be updated|lock ?file.*(out of date|not up to date|in sync)|npm ci.*can only install/i,
      "the lock file does not fit to what is declared",
      service === "backend"
        ? "uv lock, then commit uv.lock"
        : "npm install, then commit the lock file",
    ],
    [
      /pull access denied|failed to resolve source metadata|failed to do request/i,
      "a base image cannot be had",
      "Name images that can: images.bases.python, .node, .nginx in rxdx.yml",
    ],
    [
      /could not resolve|temporary failure|connection (refused|timed out)|ENOTFOUND|ETIMEDOUT|ECONNREFUSED|dns error/i,
      "a package index or registry does not answer from inside of the build",
      "UV_DEFAULT_INDEX and NPM_CONFIG_REGISTRY name other ones; proxies come from https_proxy",
    ],
  ];
  const found = causes.find(([pattern]) => pattern.test(stderr));
  return new SetupError({
    code: "image_build_failed",
    message: `The ${service} image could not be built:\n${tail(failedStepOutput(stderr), 40)}` +
      (found === undefined ? "" : `\nLikely cause: ${found[1]}.`),
    hint: found?.[2] ?? "Correct it in the checkout and run the same command again.",
    exit: EXIT.apply,
  });
}

/** Steps that bring the images of a checkout here: the sources, then what is built, then the rest. */
export function checkoutSteps(
  host: Host,
  engine: Engine,
  plan: Plan,
  origin: CheckoutOrigin,
  recipes: string = plan.dir,
): Step[] {
  return [
    ...(plan.answers.images.path === "" ? [cloneStep(host, plan, origin)] : []),
    ...BUILT.map((service) => buildCheckoutStep(host, engine, plan, origin, service, recipes)),
    fetchStep(host, engine, plan, SERVICES.filter((service) => !isBuilt(service))),
  ];
}

/** Docker would start an image of another machine's kind and end with "exec format error". */
export function architectureStep(engine: Engine, plan: Plan): Step {
  const others = async () => {
    const { Arch } = await engine.version();
    const found = await Promise.all(
      SERVICES.map(async (service) => ({
        name: plan.images[service],
        architecture: (await engine.image(plan.images[service]))?.Architecture ?? Arch,
      })),
    );
    return { Arch, wrong: found.filter((each) => each.architecture !== Arch) };
  };
  return {
    id: "image-architecture",
    title: "Check that the images fit this machine",
    check: true,
    isDone: async () => (await others()).wrong.length === 0,
    run: async () => {
      const { Arch, wrong } = await others();
      throw new SetupError({
        code: "wrong_architecture",
        message: wrong.map(({ name, architecture }) =>
          `${name} is made for ${architecture}; this machine is ${Arch}.`
        ).join("\n"),
        hint: "Take images that were made for it. What runs was not touched.",
        exit: EXIT.prerequisite,
      });
    },
  };
}
