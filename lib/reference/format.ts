/**
 * Gives generated Markdown the form that `deno fmt` keeps, by asking `deno fmt`. Called by
 * `write.ts` and by the test that compares the pages with what is in the repository.
 */
import type { Host } from "../host/types.ts";

/** @throws Error when the formatter cannot be run or refuses the text */
export async function formatMarkdown(host: Host, root: string, text: string): Promise<string> {
  const deno = await host.files.readLink("/proc/self/exe") ?? "deno";
  const result = await host.process.run([deno, "fmt", "--ext", "md", "-"], {
    cwd: root,
    stdin: text,
  });
  if (result.code !== 0) throw new Error(`deno fmt ended with ${result.code}: ${result.stderr}`);
  return result.stdout;
}
