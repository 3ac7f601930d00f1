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
}
