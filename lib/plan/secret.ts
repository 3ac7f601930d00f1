/**
 * A value that must never be seen. It prints, serialises and interpolates as a mask; `reveal` is
 * the one way out, and the few places that call it are easy to find.
 */

/** What stands in place of a secret wherever text is shown. */
export const MASK = "********";

export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself: for files of mode 0600, standard input and environments of processes. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [Symbol.for("Deno.customInspect")](): string {
    return MASK;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return MASK;
  }
}
