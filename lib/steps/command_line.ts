/** A command as people read and type it. Pure. */

/** A command line that can be pasted into a shell. */
export function quoted(argv: readonly string[]): string {
  return argv.map((word) =>
    /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
  ).join(" ");
}
