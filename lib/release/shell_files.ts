/**
 * What shells and man(1) read of an install, below its prefix: where each program looks for it by itself,
 * in `/usr/local` and in `~/.local` alike, but for two. zsh finds the second only by `fpath`; fish finds
 * the first only where `XDG_DATA_DIRS` has it, or by a link (`docs/guide/shell.md`). `install.sh` has the
 * same list and writes them, `self-update` writes them anew; a test compares the two. Pure.
 */
export interface ShellFile {
  /** Below the prefix. */
  readonly path: string;
  /** What the program prints it with. */
  readonly argv: readonly string[];
}

export const SHELL_FILES: readonly ShellFile[] = [
  { path: "share/bash-completion/completions/rxdx-setup", argv: ["completions", "bash"] },
  { path: "share/zsh/site-functions/_rxdx-setup", argv: ["completions", "zsh"] },
  { path: "share/fish/vendor_completions.d/rxdx-setup.fish", argv: ["completions", "fish"] },
  { path: "share/man/man1/rxdx-setup.1", argv: ["man"] },
];
