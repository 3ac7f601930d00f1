/** Which ports a stack publishes on the machine, and under which key each is set. Pure. */
import type { Answers } from "../answers/schema.ts";

export type PublishedPort = readonly [key: string, port: number];

export function publishedPorts(
  { ports, environment }: Pick<Answers, "ports" | "environment">,
): PublishedPort[] {
  return [
    ["ports.http", ports.http],
    // Published in every TLS mode: the Compose files are static.
    ["ports.https", ports.https],
    ...(environment === "development"
      ? ([
        ["ports.backend", ports.backend],
        ["ports.frontend", ports.frontend],
        ["ports.postgres", ports.postgres],
      ] as const)
      : []),
  ];
}
