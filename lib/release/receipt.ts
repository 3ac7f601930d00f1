/**
 * What `install.sh` notes of an install, in `PREFIX/share/rxdx-setup/receipt`: one fact a line. Read
 * and written again by `self-update`. Pure. A test holds it against a receipt of the script.
 *
 * ```text
 * # comment
 * version 1.2.3
 * door download
 * source https://example.org/releases
 * key RW…
 * file SHA256 /usr/local/bin/rxdx-setup
 * directory /usr/local/share/rxdx-setup
 * package unzip
 * ```
 */

export interface ReceiptFile {
  readonly sha256: string;
  readonly path: string;
}

export interface ProgramReceipt {
  readonly version?: string;
  /** `download`, `checkout`, `bundle`, or `kept`: the version before, by `self-update --rollback`. */
  readonly door?: string;
  /** Where releases come from, when it is not the address built in. */
  readonly source?: string;
  /** Public keys of that place, when they are not the ones built in. */
  readonly keys: readonly string[];
  readonly files: readonly ReceiptFile[];
  /** Every other line, as it stands. */
  readonly rest: readonly string[];
}

/** Where the receipt is, for a program below `PREFIX/bin`; `undefined` elsewhere. */
export function shareDirectory(program: string): string | undefined {
  const prefix = /^(.*)\/bin\/[^/]+$/.exec(program)?.[1];
  return prefix === undefined ? undefined : `${prefix}/share/rxdx-setup`;
}

export function parseReceipt(text: string): ProgramReceipt {
  const lines = text.split("\n").filter((line) => line !== "");
  const values = (kind: string) =>
    lines.filter((line) => line.startsWith(`${kind} `)).map((line) => line.slice(kind.length + 1));
  const [version] = values("version");
  const [door] = values("door");
  const [source] = values("source");
  return {
    ...(version === undefined ? {} : { version }),
    ...(door === undefined ? {} : { door }),
    ...(source === undefined ? {} : { source }),
    keys: values("key"),
    files: values("file").flatMap((value) => {
      const [, sha256, path] = /^([0-9a-f]{64}) (.+)$/.exec(value) ?? [];
      return sha256 === undefined || path === undefined ? [] : [{ sha256, path }];
    }),
    rest: lines.filter((line) => !/^(version|door|source|key|file) /.test(line)),
  };
}

export function renderReceipt(receipt: ProgramReceipt): string {
  const { version, door, source, keys, files, rest } = receipt;
  const comments = rest.filter((line) => line.startsWith("#"));
  const others = rest.filter((line) => !line.startsWith("#"));
  return [
    ...comments,
    ...(version === undefined ? [] : [`version ${version}`]),
    ...(door === undefined ? [] : [`door ${door}`]),
    ...(source === undefined ? [] : [`source ${source}`]),
    ...keys.map((key) => `key ${key}`),
    ...files.map(({ sha256, path }) => `file ${sha256} ${path}`),
    ...others,
    "",
  ].join("\n");
}
