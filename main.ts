import { run } from "./lib/cli/app.ts";
import { theHost } from "./lib/host/real.ts";

Deno.exit(await run(Deno.args, theHost()));
