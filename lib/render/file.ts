/**
 * What was decided about an operator's edit of a file: it stays, it is replaced, or both are merged.
 * `of` is the SHA-256 of the edited text that was decided about.
 */
export type HandEditDecision =
  | { readonly decision: "keep" }
  | { readonly decision: "ours"; readonly of: string }
  | { readonly decision: "merge"; readonly of: string; readonly text: string };

/** A file as it will be on disk. */
export interface RenderedFile {
  /** Relative to the install directory. */
  readonly path: string;
  /** 0600 for what only the operator reads, 0644 for what a container reads too. */
  readonly mode: number;
  readonly text: string;
  /** True when values in it must be masked before it is shown. */
  readonly secret: boolean;
  /** True for sources that a developer is meant to edit: an edited one is left as it is. */
  readonly editable?: true;
  readonly handEdit?: HandEditDecision;
}

/** The text that will be on disk; `present` is what is there now. */
export function effectiveText(file: RenderedFile, present: string | undefined): string {
  switch (file.handEdit?.decision) {
    case "keep":
      return present ?? file.text;
    case "merge":
      return file.handEdit.text;
    default:
      return file.text;
  }
}
