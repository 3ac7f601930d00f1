/**
 * Versions of the application for upgrades: the demo's backend with a line or two more, pushed to a registry
 * on loopback. Some work, some break in a way of their own.
 */
import { must } from "./stack.ts";

/** Runs beside the application's own event loop. */
const MIGRATE = `import asyncio, os, subprocess, sys
STATEMENTS = """%SQL%"""
async def migrate():
    import asyncpg
    connection = await asyncpg.connect(host=os.environ["POSTGRES_SERVER"], port=5432,
        user=os.environ["POSTGRES_USER"], password=os.environ["POSTGRES_PASSWORD"],
        database=os.environ["POSTGRES_DB"])
    await connection.execute(STATEMENTS)
    await connection.close()
if __name__ == "__main__":
    asyncio.run(migrate())
else:
    subprocess.run([sys.executable, __file__], check=True)
`;

const SQL = "ALTER TABLE users ADD COLUMN IF NOT EXISTS nickname text; " +
  "CREATE TABLE IF NOT EXISTS approvals (id serial PRIMARY KEY, note text NOT NULL); " +
  "UPDATE users SET nickname = full_name WHERE nickname IS NULL;";

export interface Version {
  /** Lines of a Dockerfile behind FROM. */
  readonly lines?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
}

const migration = { "migrate.py": MIGRATE.replace("%SQL%", SQL) };

export const VERSIONS = {
  "0.9.0": {},
  "1.1.0": { lines: ["ENV APP_VERSION=1.1.0"] },
  /** Ends at once, with a word about why. */
  "1.2.0": {
    lines: ["COPY main.py app/main.py"],
    files: {
      "main.py": "raise SystemExit(\"ModuleNotFoundError: No module named 'riskmatrix'\")\n",
    },
  },
  /** Changes the schema, and is never ready. */
  "1.3.0": {
    lines: ["COPY migrate.py app/migrate.py", "COPY main.py app/main.py"],
    files: {
      ...migration,
      "main.py": "from app import migrate\nfrom fastapi import FastAPI\napp = FastAPI()\n",
    },
  },
  /** Changes the schema, and works. */
  "2.0.0": {
    lines: [
      "RUN mv app/main.py app/served.py",
      "COPY migrate.py app/migrate.py",
      "COPY main.py app/main.py",
    ],
    files: { ...migration, "main.py": "from app import migrate\nfrom app.served import app\n" },
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
