/** What one entry of the table of failures holds; the table is {@link ../signatures.ts}. */

export interface Signature {
  /** Stable name, kebab-case. */
  readonly id: string;
  readonly pattern: RegExp;
  readonly cause: string;
  /** A command, or where to look. */
  readonly remedy: string;
  /**
   * True for a line that says no more than that something failed: it counts only where no line says
   * why. Programs write such a line last, after the reason.
   */
  readonly general?: true;
}
