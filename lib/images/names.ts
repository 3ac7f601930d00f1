/** Which image each service runs, by `images.source`. Pure. */
import type { Answers } from "../answers/schema.ts";
import { type Service, SERVICES } from "../engine/compose.ts";
import { demoImage } from "./demo.ts";

/** PostgreSQL 17 with AGE and nginx as their projects publish them, for real application images. */
const PUBLISHED = {
  postgres: "apache/age:release_PG17_1.6.0",
  // At least 1.30.4 (CVE-2026-42533).
  nginx: "nginx:1.30.4",
} as const;

export function imageNames(answers: Answers): Record<Service, string> {
  const { images, environment } = answers;
  const name = (service: Service): string => {
    if (images.source === "demo") return demoImage(service, environment).tag;
    if (service === "postgres" || service === "nginx") return PUBLISHED[service];
    return `${images.registry}/${service}:${images.tag}`;
  };
  return Object.fromEntries(SERVICES.map((service) => [service, name(service)])) as Record<
    Service,
    string
  >;
}

/** The version that `status` shows. */
export function versionOf(answers: Answers): string {
  if (answers.images.source !== "demo") return answers.images.tag;
  return `demo-${demoImage("backend", answers.environment).tag.split(":")[1]?.slice(0, 8)}`;
}
