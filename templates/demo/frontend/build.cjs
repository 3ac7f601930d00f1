// Builds the page (`node build.cjs build` → dist/) or serves it with live reload on port 3000
// (`node build.cjs serve`). esbuild and React are the distribution's packages, found through
// NODE_PATH, so no node_modules is needed beside the sources. CommonJS because only `require`
// looks at NODE_PATH.
"use strict";

const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const esbuild = require("esbuild");

const PORT = 3000;
const mode = process.argv[2];
const production = mode === "build";

/** What both modes share; the compile-time constants are those of Vite, as in the RxDx frontend. */
const options = {
  entryPoints: { main: "src/main.tsx" },
  bundle: true,
  nodePaths: (process.env.NODE_PATH ?? "/usr/share/nodejs").split(":"),
  // tsconfig.json is for editors and the type checker: its paths lead to types, not to code.
  tsconfigRaw: {},
  format: "esm",
  target: "es2020",
  jsx: "automatic",
  jsxDev: !production,
  minify: production,
  sourcemap: production ? false : "inline",
  legalComments: "linked",
  logLevel: "info",
  define: {
    "process.env.NODE_ENV": JSON.stringify(production ? "production" : "development"),
    "import.meta.env.DEV": String(!production),
    "import.meta.env.VITE_API_BASE_URL": JSON.stringify(process.env.VITE_API_BASE_URL ?? ""),
    "import.meta.env.VITE_LOG_LEVEL": JSON.stringify(process.env.VITE_LOG_LEVEL ?? "warn"),
    "import.meta.env.VITE_APP_VERSION": JSON.stringify(process.env.VERSION ?? "dev"),
  },
};

/** Bundles under names that carry a hash of their content, and writes index.html with them. */
async function build() {
  fs.rmSync("dist", { recursive: true, force: true });
  fs.cpSync("public", "dist", { recursive: true });
  const result = await esbuild.build({
    ...options,
    outdir: "dist/assets",
    entryNames: "[name]-[hash]",
    metafile: true,
  });
  let page = fs.readFileSync("public/index.html", "utf8");
  for (const file of Object.keys(result.metafile.outputs)) {
    const built = path.basename(file);
    const plain = /^(main)-[A-Z0-9]+\.(js|css)$/.exec(built);
    if (plain === null) continue;
    const reference = `/assets/${plain[1]}.${plain[2]}`;
    if (!page.includes(reference)) throw new Error(`public/index.html does not use ${reference}`);
    page = page.replace(reference, `/assets/${built}`);
  }
  if (/\/assets\/main\./.test(page)) throw new Error("public/index.html names an unknown asset");
  fs.writeFileSync("dist/index.html", page);
}

/**
 * Serves public/ and, from memory, the bundle; rebuilds when a source changes. esbuild's own server
 * answers only to localhost, and behind a proxy the page has another name, so it is asked from here.
 */
async function serve() {
  const context = await esbuild.context({ ...options, outdir: "public/assets", write: false });
  await context.watch();
  const inner = await context.serve({
    host: "127.0.0.1",
    port: 0,
    servedir: "public",
    fallback: "public/index.html",
  });
  http.createServer((request, response) => pass(request, response, inner.port))
    .listen(PORT, "0.0.0.0", () => console.log(`serving on port ${PORT}`));
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));
}

/** Hands a request to esbuild's server and its answer back. */
function pass(request, response, port) {
  const { method, url: path } = request;
  const headers = { ...request.headers, host: `127.0.0.1:${port}` };
  const onward = http.request({ host: "127.0.0.1", port, method, path, headers }, (answer) => {
    // The events that reload the page must not wait in the buffer of an nginx in front.
    response.writeHead(answer.statusCode, { ...answer.headers, "x-accel-buffering": "no" });
    answer.pipe(response);
  });
  onward.on(
    "error",
    () => response.headersSent ? response.destroy() : response.writeHead(502).end(),
  );
  response.on("close", () => onward.destroy());
  request.pipe(onward);
}

const run = { build, serve }[mode];
if (run === undefined) {
  console.error("usage: node build.cjs build|serve");
  process.exit(2);
}
run().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
