/**
 * A file system in memory with modes, owners and failures on demand: the `files` of the fake host.
 *
 * It keeps the promises of `lib/host/files.ts` (held against the real one by
 * `lib/host/files_contract_test.ts`): a write is whole or not there, a missing file is `undefined`, a
 * missing directory is empty, other failures are a `SetupError`.
 */
import type {
  AppendHandle,
  ByteSink,
  DiskSpace,
  FileInfo,
  FileLock,
  FilesHost,
} from "../../lib/host/types.ts";
import { explained, type Failure, Killed, refusal } from "./fake_host_failures.ts";

interface Node {
  readonly kind: FileInfo["kind"];
  bytes: Uint8Array;
  /** Of a symlink. */
  readonly target?: string;
  mode: number;
  uid: number;
  gid: number;
  modified: Date;
}

/** One change that was made or tried. */
export interface Mutation {
  /** Counted from 1. */
  readonly number: number;
  readonly action: "write" | "append" | "mkdir" | "remove" | "rename" | "open" | "lock" | "link";
  readonly path: string;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class FakeFiles implements FilesHost {
  /** Every change in order, the failed one included. */
  readonly mutations: Mutation[] = [];
  readonly #nodes = new Map<string, Node>();
  readonly #locks = new Set<string>();
  readonly #refused = new Set<string>();
  readonly #now: () => Date;
  readonly #owner: { uid: number; gid: number };
  #failures: { at: number; failure: Failure; times: number }[] = [];
  #openHandles = 0;
  #dead: Killed | undefined;
  #space: DiskSpace = { totalBytes: 100 * 2 ** 30, freeBytes: 60 * 2 ** 30 };

  constructor(now: () => Date, owner: { uid: number; gid: number }) {
    this.#now = now;
    this.#owner = owner;
    this.#nodes.set("/", this.#make("directory", 0o755));
  }

  // ── Arranging ─────────────────────────────────────────────────────────────────────────────────

  /** Puts a file there with its parents; not counted as a change. */
  put(
    path: string,
    text: string,
    attributes: { mode?: number; uid?: number; gid?: number; modified?: Date } = {},
  ): void {
    this.#parents(path);
    const node = this.#make("file", attributes.mode ?? 0o644);
    node.bytes = encoder.encode(text);
    node.uid = attributes.uid ?? node.uid;
    node.gid = attributes.gid ?? node.gid;
    node.modified = attributes.modified ?? node.modified;
    this.#nodes.set(path, node);
  }

  putDirectory(path: string, mode = 0o755): void {
    this.#parents(path);
    this.#nodes.set(path, this.#make("directory", mode));
  }

  putLink(path: string, target: string): void {
    this.#parents(path);
    this.#nodes.set(path, { ...this.#make("symlink", 0o777), target });
  }

  /** A socket or device. */
  putOther(path: string, owner: { uid: number; gid: number } = { uid: 0, gid: 0 }): void {
    this.#parents(path);
    this.#nodes.set(path, { ...this.#make("other", 0o660), ...owner });
  }

  setSpace(space: DiskSpace): void {
    this.#space = space;
  }

  /** The kernel refuses to write there, as on a file system that is mounted read-only. */
  refuseWrites(path: string): void {
    this.#refused.add(path);
  }

  /** The n-th change from now on (1 is the next) fails; with `times` so do those after it. */
  failAt(number: number, failure: Failure, times = 1): void {
    this.#failures.push({ at: this.mutations.length + number, failure, times });
  }

  /** Another process holds this lock. */
  holdLock(path: string, content = ""): void {
    this.put(path, content, { mode: 0o600 });
    this.#locks.add(path);
  }

  // ── Looking ───────────────────────────────────────────────────────────────────────────────────

  /** Text of every file below a path. */
  tree(root = "/"): Record<string, string> {
    const prefix = root === "/" ? "/" : `${root}/`;
    return Object.fromEntries(
      [...this.#nodes].filter(([path, node]) => node.kind === "file" && path.startsWith(prefix))
        .map(([path, node]) => [path, decoder.decode(node.bytes)] as const)
        .sort(([a], [b]) => a < b ? -1 : 1),
    );
  }

  has(path: string): boolean {
    return this.#nodes.has(path);
  }

  /** Append handles and locks that the program has not given back. */
  leaks(): string[] {
    return [
      ...(this.#openHandles > 0 ? [`${this.#openHandles} append handles are still open`] : []),
      ...[...this.#ownLocks].map((path) => `the lock ${path} is still held`),
    ];
  }
  readonly #ownLocks = new Set<string>();

  /** The process is dead: its locks and handles are released by the kernel. */
  die(killed: Killed): void {
    this.#dead = killed;
    for (const path of this.#ownLocks) this.#locks.delete(path);
    this.#ownLocks.clear();
    this.#openHandles = 0;
  }

  /** The machine is up again with these files; half-made temporary files included. */
  revive(): void {
    this.#dead = undefined;
    this.#failures = [];
  }

  get dead(): Killed | undefined {
    return this.#dead;
  }

  // ── FilesHost ─────────────────────────────────────────────────────────────────────────────────

  async readText(path: string): Promise<string | undefined> {
    const bytes = await this.readBytes(path);
    return bytes === undefined ? undefined : decoder.decode(bytes);
  }

  async readBytes(path: string): Promise<Uint8Array | undefined> {
    await this.#turn();
    this.#throughDirectories(path, "read");
    const node = this.#nodes.get(this.#followed(path));
    if (node === undefined) return undefined;
    if (node.kind === "directory") {
      throw refusal("is_a_directory", `Cannot read ${path}: it is a directory`);
    }
    return node.bytes.slice();
  }

  async stat(path: string): Promise<FileInfo | undefined> {
    await this.#turn();
    this.#throughDirectories(path, "look at");
    const node = this.#nodes.get(path);
    if (node === undefined) return undefined;
    const { kind, mode, uid, gid, modified, bytes } = node;
    return { kind, mode, uid, gid, modified, size: bytes.length };
  }

  async list(path: string): Promise<string[]> {
    await this.#turn();
    this.#throughDirectories(`${path}/`, "list");
    const prefix = path === "/" ? "/" : `${path}/`;
    return [...this.#nodes.keys()]
      .filter((each) => each !== "/" && each.startsWith(prefix))
      .map((each) => each.slice(prefix.length))
      .filter((name) => !name.includes("/"))
      .sort();
  }

  async readLink(path: string): Promise<string | undefined> {
    await this.#turn();
    return this.#nodes.get(path)?.target;
  }

  /** Links are followed where the path itself is one; parts of it are taken as they are. */
  async realPath(path: string): Promise<string | undefined> {
    await this.#turn();
    return this.#nodes.get(path)?.target ?? path;
  }

  async linkAtomic(target: string, path: string): Promise<void> {
    await this.#turn();
    this.#failUnlessKilled("link", path);
    this.#needParent(path, "link");
    this.#nodes.set(path, { ...this.#make("symlink", 0o777), target });
  }

  async writeAtomic(
    path: string,
    data: string | Uint8Array,
    options: { mode: number; owner?: { uid: number; gid: number } },
  ): Promise<void> {
    await this.#turn();
    const failure = this.#mutate("write", path);
    this.#needParent(path, "write");
    if (this.#nodes.get(path)?.kind === "directory") {
      throw refusal("is_a_directory", `Cannot write ${path}: it is a directory`);
    }
    const node = this.#make("file", options.mode);
    node.bytes = typeof data === "string" ? encoder.encode(data) : data.slice();
    if (options.owner !== undefined && this.#owner.uid === 0) {
      node.uid = options.owner.uid;
      node.gid = options.owner.gid;
    }
    if (failure === "kill") {
      // The temporary file is there, half written, and nobody is left to remove it.
      node.bytes = node.bytes.slice(0, Math.floor(node.bytes.length / 2));
      this.#nodes.set(`${path}.tmp-1-1`, node);
      throw this.#kill(`write ${path}`);
    }
    if (failure !== undefined) throw explained(failure, "write", path);
    this.#nodes.set(path, node);
  }

  async openAppend(path: string, mode: number): Promise<AppendHandle> {
    await this.#turn();
    this.#failUnlessKilled("open", path);
    this.#needParent(path, "write");
    if (!this.#nodes.has(path)) this.#nodes.set(path, this.#make("file", mode));
    this.#openHandles++;
    let open = true;
    return {
      append: async (text) => {
        await this.#turn();
        const node = this.#nodes.get(path) ?? this.#make("file", mode);
        const failure = this.#mutate("append", path);
        // A full disk and a power cut both may leave the first part of a line.
        const whole = encoder.encode(text);
        const written = failure === undefined
          ? whole
          : whole.slice(0, Math.floor(whole.length / 2));
        const joined = new Uint8Array(node.bytes.length + written.length);
        joined.set(node.bytes);
        joined.set(written, node.bytes.length);
        node.bytes = joined;
        node.modified = this.#now();
        this.#nodes.set(path, node);
        if (failure === "kill") throw this.#kill(`append ${path}`);
        if (failure !== undefined) throw explained(failure, "write", path);
      },
      close: () => {
        if (open && this.#openHandles > 0) this.#openHandles--;
        open = false;
      },
    };
  }

  async openSink(path: string, mode: number): Promise<ByteSink> {
    await this.#turn();
    this.#failUnlessKilled("open", path);
    this.#needParent(path, "write");
    if (this.#nodes.has(path)) throw new Error(`File exists (os error 17): ${path}`);
    const node = this.#make("file", mode);
    this.#nodes.set(path, node);
    this.#openHandles++;
    let open = true;
    return {
      write: async (data) => {
        await this.#turn();
        this.#failUnlessKilled("append", path);
        const joined = new Uint8Array(node.bytes.length + data.length);
        joined.set(node.bytes);
        joined.set(data, node.bytes.length);
        node.bytes = joined;
      },
      sync: () => this.#turn(),
      close: () => {
        if (open && this.#openHandles > 0) this.#openHandles--;
        open = false;
      },
    };
  }

  async *openSource(path: string): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const bytes = await this.readBytes(path);
    if (bytes === undefined) throw new Error(`No such file or directory (os error 2): ${path}`);
    yield new Uint8Array(bytes);
  }

  async mkdir(path: string, mode: number): Promise<void> {
    await this.#turn();
    const present = this.#nodes.get(path);
    if (present?.kind === "directory") return;
    if (present !== undefined) {
      throw refusal("not_a_directory", `Cannot create ${path}: a file is in the way`);
    }
    this.#failUnlessKilled("mkdir", path);
    this.#parents(path, mode);
    this.#nodes.set(path, this.#make("directory", mode));
  }

  async remove(path: string, options: { recursive?: boolean } = {}): Promise<void> {
    await this.#turn();
    const node = this.#nodes.get(path);
    if (node === undefined) return;
    this.#failUnlessKilled("remove", path);
    const below = [...this.#nodes.keys()].filter((each) => each.startsWith(`${path}/`));
    if (below.length > 0 && options.recursive !== true) {
      throw new Error(`Directory not empty (os error 39): remove '${path}'`);
    }
    for (const each of [path, ...below]) this.#nodes.delete(each);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#turn();
    this.#failUnlessKilled("rename", from);
    const node = this.#nodes.get(from);
    if (node === undefined) throw new Error(`No such file or directory (os error 2): ${from}`);
    this.#nodes.delete(from);
    this.#nodes.set(to, node);
  }

  async tryLock(path: string): Promise<FileLock | undefined> {
    await this.#turn();
    if (this.#locks.has(path)) return undefined;
    this.#failUnlessKilled("lock", path);
    this.#needParent(path, "lock");
    if (!this.#nodes.has(path)) this.#nodes.set(path, this.#make("file", 0o600));
    this.#locks.add(path);
    this.#ownLocks.add(path);
    const content = (text: string) => {
      const node = this.#nodes.get(path);
      if (node !== undefined) node.bytes = encoder.encode(text);
    };
    return {
      write: async (text) => {
        await this.#turn();
        content(text);
      },
      release: async () => {
        if (this.#dead !== undefined) return;
        await this.#turn();
        content("");
        this.#locks.delete(path);
        this.#ownLocks.delete(path);
      },
    };
  }

  async space(): Promise<DiskSpace> {
    await this.#turn();
    return this.#space;
  }

  async unwritable(paths: readonly string[]): Promise<string[]> {
    await this.#turn();
    return paths.filter((path) => this.#refused.has(path) && this.#nodes.has(path));
  }

  // ── Inside ────────────────────────────────────────────────────────────────────────────────────

  /** Every call ends in a later turn, as on a real machine, unless the process is dead. */
  async #turn(): Promise<void> {
    await Promise.resolve();
    if (this.#dead !== undefined) throw this.#dead;
  }

  #make(kind: Node["kind"], mode: number): Node {
    return { kind, bytes: new Uint8Array(0), mode, ...this.#owner, modified: this.#now() };
  }

  #parents(path: string, mode = 0o755): void {
    const parts = path.split("/").slice(1, -1);
    for (let depth = 1; depth <= parts.length; depth++) {
      const parent = `/${parts.slice(0, depth).join("/")}`;
      if (!this.#nodes.has(parent)) this.#nodes.set(parent, this.#make("directory", mode));
    }
  }

  /** The path with every symbolic link in it resolved, as far as there are any. */
  #followed(path: string, depth = 0): string {
    if (depth > 16) throw refusal("link_loop", `Too many symbolic links: ${path}`);
    const parts = path.split("/").slice(1);
    let at = "";
    for (const [index, part] of parts.entries()) {
      const node = this.#nodes.get(`${at}/${part}`);
      if (node?.kind !== "symlink") {
        at = `${at}/${part}`;
        continue;
      }
      const target = node.target ?? "";
      const base = target.startsWith("/") ? target : `${at}/${target}`;
      return this.#followed([base, ...parts.slice(index + 1)].join("/"), depth + 1);
    }
    return at;
  }

  /** Nothing lies below a file: asking for it is an error, not an absence. */
  #throughDirectories(path: string, action: string): void {
    const parts = path.split("/").slice(1, -1);
    for (let depth = 1; depth <= parts.length; depth++) {
      const kind = this.#nodes.get(`/${parts.slice(0, depth).join("/")}`)?.kind;
      if (kind !== undefined && kind !== "directory" && kind !== "symlink") {
        throw refusal("not_a_directory", `Cannot ${action} ${path}: a parent is a file`);
      }
    }
  }

  #needParent(path: string, action: string): void {
    const parent = path.slice(0, path.lastIndexOf("/")) || "/";
    const node = this.#nodes.get(parent);
    if (node === undefined) {
      throw new Error(`No such file or directory (os error 2): ${action} '${path}'`);
    }
    if (node.kind !== "directory") {
      throw refusal("not_a_directory", `Cannot ${action} ${path}: a parent is a file`);
    }
  }

  #mutate(action: Mutation["action"], path: string): Failure | undefined {
    const number = this.mutations.length + 1;
    this.mutations.push({ number, action, path });
    const due = this.#failures.find(({ at, times }) => number >= at && number < at + times);
    return due?.failure;
  }

  #failUnlessKilled(action: Mutation["action"], path: string): void {
    const failure = this.#mutate(action, path);
    if (failure === undefined) return;
    if (failure === "kill") throw this.#kill(`${action} ${path}`);
    throw explained(failure, action, path);
  }

  #kill(where: string): Killed {
    const killed = new Killed(where);
    this.die(killed);
    return killed;
  }
}
