/**
 * Versions of the application for upgrades: the demo's backend with a line or two more, pushed to a registry
 * on loopback. Some work, some break in a way of their own.
 */
import type { Service } from "../../lib/engine/compose.ts";
import { must, sh } from "./stack.ts";

/** A change of the schema, as a program of its own. */
const MIGRATE = `import asyncio, os
import asyncpg

async def migrate():
    connection = await asyncpg.connect(host=os.environ["POSTGRES_SERVER"], port=5432,
        user=os.environ["POSTGRES_USER"], password=os.environ["POSTGRES_PASSWORD"],
        database=os.environ["POSTGRES_DB"])
    await connection.execute("""
        ALTER TABLE users ADD COLUMN IF NOT EXISTS nickname text;
        CREATE TABLE IF NOT EXISTS approvals (id serial PRIMARY KEY, note text NOT NULL);
        UPDATE users SET nickname = full_name WHERE nickname IS NULL;
    """)
    await connection.close()

asyncio.run(migrate())
`;

/** In place of the server that Compose starts: found before it in PATH. */
const server = (...lines: readonly string[]) => ["#!/bin/sh", "set -e", ...lines, ""].join("\n");
const INSTALLED = "COPY --chmod=755 uvicorn /usr/local/bin/uvicorn";

export interface Version {
  /** Lines of a Dockerfile behind FROM. */
  readonly lines?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
}

export const VERSIONS = {
  "0.9.0": {},
  "1.1.0": { lines: ["ENV APP_VERSION=1.1.0"] },
  /** Ends at once, with a word about why. */
  "1.2.0": {
    lines: [INSTALLED],
    files: {
      uvicorn: server("echo \"ModuleNotFoundError: No module named 'riskmatrix'\"", "exit 1"),
    },
  },
  /** Changes the schema, and ends. */
  "1.3.0": {
    lines: ["COPY migrate.py /app/migrate.py", INSTALLED],
    files: {
      "migrate.py": MIGRATE,
      uvicorn: server("python /app/migrate.py", "echo 'RuntimeError: no licence'", "exit 1"),
    },
  },
  /** Changes the schema, and works. */
  "2.0.0": {
    lines: ["COPY migrate.py /app/migrate.py", INSTALLED],
    files: {
      "migrate.py": MIGRATE,
      uvicorn: server("python /app/migrate.py", 'exec /usr/bin/uvicorn "$@"'),
    },
  },
  /** Must not be reached from 1.x at once. */
  "3.0.0": { lines: ['LABEL org.rxdx.upgrade.stops="2.0.0 2.5.0"'] },
  "3.1.0": { lines: ['LABEL org.rxdx.upgrade.requires="postgres>=17 age>=9.0"'] },
} as const satisfies Readonly<Record<string, Version>>;

/** Builds an image FROM another one. */
export async function derive(from: string, name: string, version: Version): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "rxdx-version-" });
  try {
    for (const [path, text] of Object.entries(version.files ?? {})) {
      await Deno.writeTextFile(`${directory}/${path}`, text);
    }
    const lines = [`FROM ${from}`, "USER root", ...version.lines ?? [], "USER rxdx"];
    await Deno.writeTextFile(`${directory}/Dockerfile`, lines.join("\n") + "\n");
    await must(["docker", "build", "--quiet", "--tag", name, directory], {
      env: { DOCKER_BUILDKIT: "1" },
    });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Pushes an image under another name, and forgets that name here. */
export async function publish(image: string, name: string): Promise<void> {
  await must(["docker", "tag", image, name]);
  await must(["docker", "push", "--quiet", name]);
  await must(["docker", "rmi", name]);
}

/**
 * Pushes a whole stack as 1.0.0, and its backend in other versions.
 *
 * @param images the demo image of each service
 * @returns the settings of an `init` of version 1.0.0
 */
export async function publishStack(
  repository: string,
  images: ReadonlyMap<Service, string>,
  versions: Readonly<Record<string, Version>>,
): Promise<string[]> {
  const image = (service: Service) => images.get(service) ?? "";
  const name = (service: Service, tag: string) => `${repository}/${service}:${tag}`;
  await Promise.all(
    Object.entries(versions).map(([tag, version]) =>
      derive(image("backend"), name("backend", tag), version)
    ),
  );
  // One after the other: pushes at once that share layers break each other ("digest invalid").
  await publish(image("backend"), name("backend", "1.0.0"));
  for (const service of ["postgres", "nginx"] as const) {
    await publish(image(service), name(service, "1"));
  }
  for (const tag of ["1.0.0", ...Object.keys(versions)]) {
    await publish(image("frontend"), name("frontend", tag));
  }
  for (const tag of Object.keys(versions)) {
    await publish(name("backend", tag), name("backend", tag));
  }
  return [
    "images.source=registry",
    `images.registry=${repository}`,
    "images.tag=1.0.0",
    `images.postgres=${name("postgres", "1")}`,
    `images.nginx=${name("nginx", "1")}`,
  ].flatMap((each) => ["--set", each]);
}

/**
 * Removes the names that a stack and its registry have left here, and those that the test has built as
 * `STACK:…`; the demo's own stay. Some are known by their digest alone (their tag went to another image), and
 * listed with `<none>` for a tag, which is no name to remove: tags first, then what digests are left.
 */
export async function forgetNames(repository: string, stack: string): Promise<void> {
  for (const format of ["{{.Repository}}:{{.Tag}}", "{{.Repository}}@{{.Digest}}"]) {
    const names = (await must(["docker", "images", "--digests", "--format", format])).split("\n")
      .filter((each) =>
        each.startsWith(repository) || each.startsWith(`${stack}:`) ||
        each.startsWith("rxdx-setup/") && each.endsWith(`:${stack}`)
      ).filter((each) => !each.endsWith("<none>"));
    if (names.length > 0) await sh(["docker", "rmi", ...new Set(names)]);
  }
}
