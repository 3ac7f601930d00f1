/**
 * An RxDx-shaped checkout made from the demo's sources, with the files that a real one has for uv and
 * npm; and stand-ins for the base images, built from the demo's.
 */
import { must, sh } from "./stack.ts";

const ROOT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

const PYPROJECT = `[project]
name = "rxdx-backend"
version = "1.0.0"
requires-python = ">=3.11"
dependencies = [
  "fastapi", "uvicorn", "websockets", "watchfiles", "sqlalchemy", "greenlet", "asyncpg",
  "pydantic-settings", "pyjwt", "argon2-cffi", "python-multipart", "email-validator",
]
`;

const PACKAGE = {
  name: "rxdx-frontend",
  version: "1.0.0",
  private: true,
  scripts: { build: "node build.cjs build", dev: "node build.cjs serve" },
  dependencies: { react: "^18.3.1", "react-dom": "^18.3.1", esbuild: "^0.25.0" },
};

export async function haveNpm(): Promise<boolean> {
  return await sh(["npm", "--version"]).then(({ code }) => code === 0, () => false);
}

export async function makeCheckout(path: string): Promise<void> {
  await Deno.mkdir(path, { recursive: true });
  for (const part of ["backend", "frontend"]) {
    await must(["cp", "-r", `${ROOT}/templates/demo/${part}`, `${path}/${part}`]);
    // The demo's own, which are not what is tested here.
    await Deno.remove(`${path}/${part}/Dockerfile`);
  }
  await Deno.writeTextFile(`${path}/backend/pyproject.toml`, PYPROJECT);
  await Deno.writeTextFile(`${path}/frontend/package.json`, JSON.stringify(PACKAGE, null, 2));
  await must(["npm", "install", "--package-lock-only", "--no-audit", "--no-fund"], {
    cwd: `${path}/frontend`,
  });
  // Nothing of what one machine leaves beside its sources may reach an image.
  await Deno.mkdir(`${path}/frontend/node_modules`, { recursive: true });
  await Deno.writeTextFile(`${path}/frontend/node_modules/left-behind.js`, "");
  await Deno.writeTextFile(`${path}/backend/.env`, "SECRET_KEY=of-a-developer\n");
}

export const STAND_INS = { python: "rxdx-test/python:1", node: "rxdx-test/node:1" } as const;

/** Locks the backend's libraries, in the stand-in for Python. */
export async function lockBackend(checkout: string): Promise<void> {
  const authorities = "/etc/ssl/certs/ca-certificates.crt";
  const index = ["UV_DEFAULT_INDEX", "PIP_INDEX_URL"].map((name) => Deno.env.get(name) ?? "")
    .find((value) => value !== "");
  await must([
    "docker",
    "run",
    "--rm",
    `--volume=${checkout}/backend:/checkout`,
    `--volume=${authorities}:${authorities}:ro`,
    "--workdir=/checkout",
    ...[`PIP_CERT=${authorities}`, `SSL_CERT_FILE=${authorities}`].map((each) => `--env=${each}`),
    ...(index === undefined ? [] : ["--env=UV_DEFAULT_INDEX", "--env=PIP_INDEX_URL"]),
    STAND_INS.python,
    "sh",
    "-c",
    "pip install --quiet --root-user-action=ignore uv && uv lock --quiet --no-python-downloads",
  ], index === undefined ? {} : { env: { UV_DEFAULT_INDEX: index, PIP_INDEX_URL: index } });
}

/** Python with pip, and Node.js with npm, on the demo's base. */
export async function makeStandIns(place: string): Promise<void> {
  const context = `${place}/stand-ins`;
  await Deno.mkdir(context, { recursive: true });
  await must(["npm", "pack", "--silent", "--pack-destination", context, "npm@10"]);
  await must(["sh", "-c", `mv "$1"/npm-*.tgz "$1"/npm.tgz`, "sh", context]);
  await Deno.writeTextFile(
    `${context}/Dockerfile`,
    `FROM rxdx-demo/base-trixie:1 AS python
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-pip python3-venv curl \\
 && rm -rf /var/lib/apt/lists/* /usr/lib/python3*/EXTERNALLY-MANAGED && ln -s pip3 /usr/local/bin/pip || true
FROM rxdx-demo/base-trixie:1 AS node
RUN apt-get update && apt-get install -y --no-install-recommends nodejs wget && rm -rf /var/lib/apt/lists/*
COPY npm.tgz /tmp/
RUN mkdir -p /usr/local/lib/npm && tar -xzf /tmp/npm.tgz --strip-components=1 -C /usr/local/lib/npm \\
 && rm /tmp/npm.tgz && ln -s /usr/local/lib/npm/bin/npm-cli.js /usr/local/bin/npm \\
 && chmod 755 /usr/local/lib/npm/bin/npm-cli.js
`,
  );
  for (const [target, tag] of Object.entries(STAND_INS)) {
    await must(["docker", "build", "--quiet", "--target", target, "--tag", tag, context], {
      env: { DOCKER_BUILDKIT: "1" },
    });
  }
}
