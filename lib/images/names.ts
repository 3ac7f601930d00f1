/** Which image each service runs, by `images.source` and what was found of it. Pure. */
import type { Answers } from "../answers/schema.ts";
import { type Service, SERVICES } from "../engine/compose.ts";
import { builtImage, checkoutVersion, isBuilt } from "./build.ts";
import { demoImage } from "./demo.ts";
import type { ImageOrigin } from "./origin.ts";

/** PostgreSQL 17 with AGE and nginx as their projects publish them, for real application images. */
const PUBLISHED = {
  postgres: "apache/age:release_PG17_1.6.0",
  // At least 1.30.4 (CVE-2026-42533).
  nginx: "nginx:1.30.4",
} as const;

/** What stands in a plan that cannot be carried out, because its images were not found. */
const NOT_FOUND = "not-found";

function nameOf(service: Service, answers: Answers, origin: ImageOrigin): string {
  const { images, environment } = answers;
  if (images.source === "demo") return demoImage(service, environment).tag;
  if (origin.kind === "archive" && origin.images[service] !== undefined) {
    return origin.images[service];
  }
  if (!isBuilt(service)) {
    return images[service === "nginx" ? "nginx" : "postgres"] ||
      PUBLISHED[service === "nginx" ? "nginx" : "postgres"];
  }
  switch (images.source) {
    case "build":
      return origin.kind === "build"
        ? builtImage(service, answers, origin)
        : `rxdx-build/${service}:${NOT_FOUND}`;
    case "archive":
      return `${service}:${NOT_FOUND}`;
    case "registry":
      return `${images.registry}/${service}:${images.tag}`;
  }
}

/**
 * @param origin what was found of a checkout or an archive; the other sources need no looking
 */
export function imageNames(
  answers: Answers,
  origin: ImageOrigin = { kind: "demo" },
): Record<Service, string> {
  return Object.fromEntries(
    SERVICES.map((service) => [service, nameOf(service, answers, origin)]),
  ) as Record<Service, string>;
}

/** The version that `status` shows. */
export function versionOf(answers: Answers, origin: ImageOrigin = { kind: "demo" }): string {
  switch (answers.images.source) {
    case "demo":
      return `demo-${demoImage("backend", answers.environment).tag.split(":")[1]?.slice(0, 8)}`;
    case "registry":
      return answers.images.tag;
    case "build":
      return origin.kind === "build" ? checkoutVersion(answers, origin) : "unknown";
    case "archive":
      return origin.kind === "archive"
        ? origin.bundle?.version ?? origin.images.backend?.split(":").at(-1) ?? "unknown"
        : "unknown";
  }
}
