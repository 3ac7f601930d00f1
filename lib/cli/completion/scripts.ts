/**
 * What each shell reads once. It asks the program at every Tab, so that it never grows old, and shows
 * what comes back in the shell's own way.
 */
import bash from "../../../templates/completions/rxdx-setup.bash" with { type: "text" };
import fish from "../../../templates/completions/rxdx-setup.fish" with { type: "text" };
import zsh from "../../../templates/completions/rxdx-setup.zsh" with { type: "text" };
import type { Shell } from "./shells.ts";

const SCRIPTS: Readonly<Record<Shell, string>> = { bash, fish, zsh };

export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}
