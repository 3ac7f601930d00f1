/** `deno task reference`: writes docs/reference and docs/man from the code. An entry of its own, as main.ts is. */
import { theHost } from "../host/real.ts";
import { manualPage, referencePages } from "./pages.ts";

if (import.meta.main) {
  const host = theHost();
  const root = decodeURIComponent(new URL("../..", import.meta.url).pathname).replace(/\/$/, "");
  for (const { path, text } of [await manualPage(host), ...await referencePages(host, root)]) {
    if (await host.files.readText(`${root}/${path}`) === text) continue;
    await host.files.writeAtomic(`${root}/${path}`, text, { mode: 0o644 });
    host.terminal.out(`${path}\n`);
  }
}
