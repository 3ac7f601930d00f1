/**
 * Completions and the manual page of an install, after its program was replaced: those that `install.sh`
 * has put there and nobody has changed are written anew. They are a help: what goes wrong with them is
 * told and fails nothing.
 */
import { createHash } from "node:crypto";
import type { Host } from "../../host/types.ts";
import type { ProgramReceipt, ReceiptFile } from "../../release/receipt.ts";
import { SHELL_FILES } from "../../release/shell_files.ts";
import { sha256Of } from "./checksum.ts";
import type { InstalledProgram } from "./installed.ts";

/** Milliseconds; it prints a text that it carries. */
const PRINT_MS = 60_000;

export class ShellFiles {
  /** Path → checksums that it may have and be ours. */
  readonly #ours = new Map<string, string[]>();
  readonly #printedBy = new Map<string, readonly string[]>();
  /** About to be written: in the receipt before it is on the disk. */
  readonly #pending = new Map<string, string>();
  readonly #missed = new Set<string>();
  readonly #host: Host;

  /** @param prefix of the install, without a slash at its end */
  constructor(host: Host, prefix: string, receipt: ProgramReceipt) {
    this.#host = host;
    for (const { path, argv } of SHELL_FILES) {
      const at = `${prefix}/${path}`;
      const sums = receipt.files.filter((each) => each.path === at).map((each) => each.sha256);
      if (sums.length === 0) continue;
      this.#ours.set(at, sums);
      this.#printedBy.set(at, argv);
    }
  }

  /** True for an install without them: there is nothing to write anew. */
  get none(): boolean {
    return this.#ours.size === 0;
  }

  /** Those that could not be written. */
  get missed(): readonly string[] {
    return [...this.#missed];
  }

  /** Checksum of the file that is there; what is none, or cannot be read, is not ours. */
  async #found(path: string): Promise<string | undefined> {
    const there = await this.#host.files.stat(path).catch(() => undefined);
    if (there?.kind !== "file") return undefined;
    return await sha256Of(this.#host, path).catch(() => undefined);
  }

  /** Their lines of the receipt as it is to be written now. */
  async noted(): Promise<ReceiptFile[]> {
    const files: ReceiptFile[] = [];
    for (const [path, ours] of this.#ours) {
      const found = await this.#found(path);
      if (found === undefined) continue;
      // One that was changed keeps its old lines, by which `--uninstall` sees that.
      const sums = ours.includes(found) ? [found] : ours;
      const pending = this.#pending.get(path) ?? found;
      for (const sha256 of new Set([...sums, pending])) {
        if (ours.includes(sha256)) files.push({ path, sha256 });
      }
    }
    return files;
  }

  /**
   * Writes what `program` prints where it is another text than before.
   *
   * @param note writes the receipt; called before the first file is touched
   */
  async refresh(program: string, note: () => Promise<void>): Promise<void> {
    const texts = new Map<string, string>();
    for (const [path, ours] of this.#ours) {
      const found = await this.#found(path);
      if (found === undefined || !ours.includes(found)) continue;
      const argv = [program, ...this.#printedBy.get(path) ?? []];
      const { code, stdout } = await this.#host.process.run(argv, {
        cwd: "/",
        timeoutMs: PRINT_MS,
      });
      if (code !== 0 || stdout === "") {
        this.#missed.add(path);
        continue;
      }
      const sha256 = createHash("sha256").update(stdout).digest("hex");
      if (sha256 === found) continue;
      ours.push(sha256);
      this.#pending.set(path, sha256);
      texts.set(path, stdout);
    }
    if (texts.size === 0) return;
    await note();
    for (const [path, text] of texts) {
      try {
        await this.#host.files.writeAtomic(path, text, { mode: 0o644 });
      } catch {
        this.#missed.add(path);
      }
      this.#pending.delete(path);
    }
  }
}

export function shellFilesOf(host: Host, { share, receipt }: InstalledProgram): ShellFiles {
  return new ShellFiles(host, share.slice(0, -"/share/rxdx-setup".length), receipt);
}
