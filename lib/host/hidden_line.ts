/** A line that is typed without being shown: what its editing keys make of it. Used by `terminal.ts`. */

export class HiddenLine {
  #text = "";

  /**
   * Takes what was typed; returns the line once it is whole, with what was typed behind it.
   * `line` is `undefined` for the end of input (Ctrl-D on an empty line).
   */
  push(typed: string): { readonly line: string | undefined; readonly rest: string } | undefined {
    const characters = Array.from(typed);
    for (const [index, character] of characters.entries()) {
      const rest = characters.slice(index + 1).join("");
      switch (character) {
        case "\n":
        case "\r":
          return { line: this.#text, rest };
        case "\x04":
          if (this.#text === "") return { line: undefined, rest };
          break;
        case "\x7f":
        case "\b":
          this.#text = Array.from(this.#text).slice(0, -1).join("");
          break;
        case "\x15":
          this.#text = "";
          break;
        default:
          if (character >= " ") this.#text += character;
      }
    }
    return undefined;
  }
}
