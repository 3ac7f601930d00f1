/**
 * Command lines as people paste them into a shell. Pure. Used for hints, for what is shown of a program that
 * was run, and wherever a path is put behind a command: it may have blanks in it.
 */

/** A command line that can be pasted into a shell; of one word, that word. */
export function quoted(argv: readonly string[]): string {
  return argv.map((word) =>
    /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
  ).join(" ");
}
