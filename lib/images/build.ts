/**
 * Images of the application built from a checkout: names that change with the sources, and the command
 * lines. Pure.
 */
import type { Answers } from "../answers/schema.ts";
import type { Service } from "../engine/compose.ts";
import { IMAGE_FILES } from "./build_files.ts";
import { contentHash } from "./demo.ts";
import type { CheckoutOrigin } from "./origin.ts";

/** The services that are built from a checkout; the others are published by their projects. */
export const BUILT = ["backend", "frontend"] as const;
export type BuiltService = (typeof BUILT)[number];

export function isBuilt(service: Service): service is BuiltService {
  return service === "backend" || service === "frontend";
}

/** Files of the install that images are built with, besides the checkout. */
export function buildSources(): { path: string; text: string }[] {
  return Object.entries(IMAGE_FILES).map(([path, text]) => ({ path: `images/${path}`, text }));
}

/** Stage of the Dockerfile. */
export function targetOf(service: BuiltService, environment: Answers["environment"]): string {
  if (environment === "development") return "development";
  return service === "backend" ? "runtime" : "production";
}

/** Build argument → base image, where another than the Dockerfile's own is wanted. */
export function baseArguments(
  service: BuiltService,
  { bases }: Answers["images"],
): Readonly<Record<string, string>> {
  const wanted = service === "backend"
    ? { PYTHON_IMAGE: bases.python }
    : { NODE_IMAGE: bases.node, NGINX_IMAGE: bases.nginx };
  return Object.fromEntries(Object.entries(wanted).filter(([, image]) => image !== ""));
}

/** `rxdx-build/backend:1f0c…`: changes with the sources, our Dockerfile, the stage and the bases. */
export function builtImage(
  service: BuiltService,
  answers: Answers,
  origin: CheckoutOrigin,
): string {
  const files = Object.entries(IMAGE_FILES).filter(([path]) => path.startsWith(`${service}/`));
  const hash = contentHash(
    [...files, ["revision", origin.revisions[service]], [
      "bases",
      JSON.stringify(baseArguments(service, answers.images)),
    ]],
    targetOf(service, answers.environment),
  );
  return `rxdx-build/${service}:${hash}`;
}

/** What people call the sources: the ref, or the commit, and whether files differ from it. */
export function checkoutVersion(answers: Answers, origin: CheckoutOrigin): string {
  const commit = origin.commit.slice(0, 8);
  const name = answers.images.ref !== "" && answers.images.path === ""
    ? answers.images.ref
    : commit === ""
    ? origin.revisions.backend.slice(0, 8)
    : commit;
  return origin.dirty ? `${name}-dirty` : name;
}

/**
 * @param secrets id → file, given to the build and left in no layer
 * @param variables names of proxy variables whose values come from the environment
 */
export function buildCheckoutCommand(options: {
  readonly service: BuiltService;
  readonly image: string;
  readonly answers: Answers;
  readonly origin: CheckoutOrigin;
  readonly secrets: Readonly<Record<string, string>>;
  readonly variables: readonly string[];
  /** Label → value, over what the Dockerfile says. */
  readonly labels?: Readonly<Record<string, string>>;
}): readonly string[] {
  const { service, image, answers, origin, secrets, variables, labels = {} } = options;
  return [
    "docker",
    "build",
    "--progress=plain",
    `--file=images/${service}/Dockerfile`,
    `--target=${targetOf(service, answers.environment)}`,
    `--tag=${image}`,
    `--build-arg=VERSION=${checkoutVersion(answers, origin)}`,
    ...Object.entries(baseArguments(service, answers.images))
      .map(([name, base]) => `--build-arg=${name}=${base}`),
    ...variables.map((name) => `--build-arg=${name}`),
    ...Object.entries(labels).map(([name, value]) => `--label=${name}=${value}`),
    ...Object.entries(secrets).map(([id, file]) => `--secret=id=${id},src=${file}`),
    `${origin.dir}/${service}`,
  ];
}
