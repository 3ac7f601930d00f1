/** Getting the images of the stack onto this machine, as steps. */
import { type Service, SERVICES } from "../engine/compose.ts";
import type { Engine } from "../engine/client.ts";
import type { Host } from "../host/types.ts";
import type { Plan } from "../plan/plan.ts";
import { mustRun } from "../steps/command.ts";
import type { Step } from "../steps/step.ts";
import { baseImageStep } from "./base_steps.ts";
import { BASES, type DemoImage, demoImage } from "./demo.ts";
import { buildLine, PROXY_VARIABLES } from "./progress_lines.ts";
import { architectureStep, checkoutSteps, fetchStep, loadStep } from "./source_steps.ts";

/** The command that builds a demo image from its directory in the install. */
export function buildCommand(
  image: DemoImage,
  env: Readonly<Record<string, string>>,
): readonly string[] {
  return [
    "docker",
    "build",
    "--progress=plain",
    `--tag=${image.tag}`,
    ...(image.target === undefined ? [] : [`--target=${image.target}`]),
    ...Object.entries(image.bases).map(([name, base]) => `--build-arg=${name}=${base.tag}`),
    ...PROXY_VARIABLES.filter((name) => env[name] !== undefined)
      .map((name) => `--build-arg=${name}`),
    `demo/${image.service}`,
  ];
}

function buildStep(
  host: Host,
  engine: Engine,
  plan: Plan,
  service: Service,
  recipes: string,
): Step {
  const image = demoImage(service, plan.answers.environment);
  return {
    id: `image-${service}`,
    title: `Build the ${service} image`,
    isDone: async () => await engine.image(image.tag) !== undefined,
    run: async (report, signal) => {
      await mustRun(host, buildCommand(image, host.env), {
        cwd: recipes,
        env: { DOCKER_BUILDKIT: "1" },
        signal,
        code: "image_build_failed",
        hint: "The distribution mirror must be reachable from containers: " +
          "docker run --rm " + BASES.trixie.tag + " apt-get update",
        onLine: (line) => {
          const text = buildLine(line);
          if (text.trim() !== "") report.detail(text);
        },
      });
    },
  };
}

/**
 * Steps that bring the images of this plan onto the machine.
 *
 * @param recipes directory that holds `demo/` and `images/`: the install's, or one where files lie that
 *   are not to be the install's yet
 */
export function imageSteps(
  host: Host,
  engine: Engine,
  plan: Plan,
  recipes: string = plan.dir,
): Step[] {
  if (plan.answers.images.source === "demo") return demoSteps(host, engine, plan, recipes);
  return [...sourceSteps(host, engine, plan, recipes), architectureStep(engine, plan)];
}

function sourceSteps(host: Host, engine: Engine, plan: Plan, recipes: string): Step[] {
  const { origin } = plan;
  switch (origin?.kind) {
    case "archive": {
      const others = SERVICES.filter((service) => origin.images[service] === undefined);
      return [
        loadStep(host, engine, plan, origin),
        ...(others.length === 0
          ? []
          : [{ ...fetchStep(host, engine, plan, others), id: "further-images" }]),
      ];
    }
    case "build":
      return checkoutSteps(host, engine, plan, origin, recipes);
    default:
      return [fetchStep(host, engine, plan, SERVICES)];
  }
}

function demoSteps(host: Host, engine: Engine, plan: Plan, recipes: string): Step[] {
  const images = SERVICES.map((service) => demoImage(service, plan.answers.environment));
  return [
    ...Object.values(BASES).map((base) =>
      baseImageStep({
        host,
        engine,
        facts: plan.facts,
        base,
        dir: plan.dir,
        neededBy: images.filter((image) => Object.values(image.bases).includes(base))
          .map((image) => image.tag),
      })
    ),
    ...SERVICES.map((service) => buildStep(host, engine, plan, service, recipes)),
  ];
}
