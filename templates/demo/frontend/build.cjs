// Builds the page (`node build.cjs build` → dist/) or serves it with live reload on port 3000
// (`node build.cjs serve`). esbuild and React are the distribution's packages, found through
// NODE_PATH, so no node_modules is needed beside the sources. CommonJS because only `require`
// looks at NODE_PATH.
"use strict";

const fs = require("node:fs");
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

/** Serves public/ and, from memory, the bundle; rebuilds when a source changes. */
async function serve() {
  const context = await esbuild.context({ ...options, outdir: "public/assets", write: false });
  await context.watch();
  await context.serve({
    host: "0.0.0.0",
    port: PORT,
    servedir: "public",
    fallback: "public/index.html",
  });
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));
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
