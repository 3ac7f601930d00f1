/**
 * An SFTP session over the system's own ssh: its configuration, its agent, its check of host keys. Never a
 * prompt, never an unknown host. Many writes are on their way at once, so that a distant server is no slow one.
 */
import {
  type Attributes,
  type Packet,
  packets,
  Reader,
  STATUS,
  TYPE,
  Writer,
} from "../../../backup/sftp_wire.ts";
import type { Host } from "../../../host/types.ts";

/** Every server takes so much in one packet (draft, section 3). */
const CHUNK_BYTES = 32 * 1024;
/** Packets on their way: 2 MiB fill a line of 100 Mbit/s at 160 ms. */
const WINDOW = 64;

/** What a server said no with. */
export class SftpRefused extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

/** The connection is gone; `said` is what ssh complained about. */
export class SftpGone extends Error {
  constructor(readonly said: string) {
    super(said);
  }
}

type Answer = Packet | Error;

export class SftpClient {
  readonly #process: ReturnType<Host["process"]["pipe"]>;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #extensions = new Set<string>();
  #version: ((answer: Answer) => void) | undefined;
  #gone: Error | undefined;
  #next = 1;

  private constructor(host: Host, argv: readonly string[]) {
    this.#process = host.process.pipe(argv, { env: { LC_ALL: "C" }, unset: ["SSH_ASKPASS"] });
    this.#listen();
  }

  /** @throws SftpGone with what ssh said */
  static async connect(host: Host, argv: readonly string[]): Promise<SftpClient> {
    const client = new SftpClient(host, argv);
    const answered = new Promise<Answer>((resolve) => client.#version = resolve);
    await client.#process.write(new Writer().u32(3).packet(TYPE.init));
    const answer = await answered;
    if (answer instanceof Error) throw answer;
    const reader = new Reader(answer.body);
    reader.u32();
    for (;;) {
      try {
        client.#extensions.add(reader.text());
        reader.text();
      } catch {
        return client;
      }
    }
  }

  has(extension: string): boolean {
    return this.#extensions.has(extension);
  }

  async #listen(): Promise<void> {
    let failure: Error | undefined;
    try {
      for await (const packet of packets(this.#process.output)) {
        if (packet.type === TYPE.version) this.#version?.(packet);
        else {
          const id = new Reader(packet.body).u32();
          const waiting = this.#waiting.get(id);
          this.#waiting.delete(id);
          // What is not read at once must not change with the next chunk.
          waiting?.({ type: packet.type, body: packet.body.slice(4) });
        }
      }
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
      this.#process.kill();
    }
    const { stderr } = await this.#process.ended().catch(() => ({ stderr: "" }));
    this.#gone = new SftpGone(stderr.trim() || failure?.message || "the connection was closed");
    this.#version?.(this.#gone);
    for (const waiting of this.#waiting.values()) waiting(this.#gone);
    this.#waiting.clear();
  }

  async #ask(type: number, build: (writer: Writer) => Writer): Promise<Packet> {
    if (this.#gone !== undefined) throw this.#gone;
    const id = this.#next++;
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    await this.#process.write(build(new Writer().u32(id)).packet(type));
    const answer = await answered;
    if (answer instanceof Error) throw answer;
    return answer;
  }

  /** @throws SftpRefused unless the answer is of that type */
  async #wanted(
    type: number,
    wanted: number,
    build: (writer: Writer) => Writer,
  ): Promise<Reader> {
    const { type: got, body } = await this.#ask(type, build);
    const reader = new Reader(body);
    if (got === wanted && got !== TYPE.status) return reader;
    if (got !== TYPE.status) throw new SftpRefused(STATUS.failure, `an answer of type ${got}`);
    const code = reader.u32();
    if (wanted === TYPE.status && code === STATUS.ok) return reader;
    throw new SftpRefused(code, reader.text());
  }

  async stat(path: string): Promise<Attributes | undefined> {
    try {
      return (await this.#wanted(TYPE.stat, TYPE.attributes, (to) => to.text(path))).attributes();
    } catch (error) {
      if (error instanceof SftpRefused && error.status === STATUS.noSuchFile) return undefined;
      throw error;
    }
  }

  async list(path: string): Promise<(Attributes & { readonly name: string })[]> {
    const handle = (await this.#wanted(TYPE.opendir, TYPE.handle, (to) => to.text(path))).bytes();
    const found: (Attributes & { readonly name: string })[] = [];
    try {
      for (;;) {
        const reader = await this.#wanted(TYPE.readdir, TYPE.name, (to) => to.bytes(handle));
        for (let left = reader.u32(); left > 0; left--) {
          const name = reader.text();
          reader.text();
          found.push({ name, ...reader.attributes() });
        }
      }
    } catch (error) {
      if (!(error instanceof SftpRefused) || error.status !== STATUS.eof) throw error;
    }
    await this.#close(handle);
    return found;
  }

  async #close(handle: Uint8Array): Promise<void> {
    await this.#wanted(TYPE.close, TYPE.status, (to) => to.bytes(handle));
  }

  async #open(path: string, flags: number): Promise<Uint8Array> {
    const reader = await this.#wanted(
      TYPE.open,
      TYPE.handle,
      (to) => to.text(path).u32(flags).mode(0o600),
    );
    return reader.bytes().slice();
  }

  /** Writes a new file, or over the old one, and has it brought to its disk where the server can. */
  async write(path: string, flags: number, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const handle = await this.#open(path, flags);
    const onTheirWay = new Set<Promise<unknown>>();
    let failed: unknown;
    let at = 0;
    for await (const chunk of chunks) {
      for (let from = 0; from < chunk.length; from += CHUNK_BYTES) {
        const piece = chunk.subarray(from, from + CHUNK_BYTES);
        const offset = at;
        at += piece.length;
        const sent = this.#wanted(
          TYPE.write,
          TYPE.status,
          (to) => to.bytes(handle).u64(offset).bytes(piece),
        ).catch((error) => failed ??= error).finally(() => onTheirWay.delete(sent));
        onTheirWay.add(sent);
        if (onTheirWay.size >= WINDOW) await Promise.race(onTheirWay);
      }
      if (failed !== undefined) break;
    }
    await Promise.all(onTheirWay);
    if (failed === undefined && this.has("fsync@openssh.com")) {
      await this.#extended("fsync@openssh.com", (to) => to.bytes(handle))
        .catch((error) => failed ??= error);
    }
    if (failed !== undefined) throw failed;
    await this.#close(handle);
  }

  async *read(path: string, flags: number): AsyncGenerator<Uint8Array> {
    const handle = await this.#open(path, flags);
    const ask = (offset: number) =>
      this.#wanted(
        TYPE.read,
        TYPE.data,
        (to) => to.bytes(handle).u64(offset).u32(CHUNK_BYTES),
      ).then((reader) => reader.bytes(), (error: Error) => error);
    // Asked ahead at fixed places; a server that gives less than was asked is asked for the rest.
    const ahead: { offset: number; answer: ReturnType<typeof ask> }[] = [];
    let asked = 0;
    let at = 0;
    for (;;) {
      while (ahead.length < WINDOW) {
        ahead.push({ offset: asked, answer: ask(asked) });
        asked += CHUNK_BYTES;
      }
      const first = ahead.shift();
      if (first === undefined) return;
      const answer = await first.answer;
      if (answer instanceof Error) {
        if (!(answer instanceof SftpRefused) || answer.status !== STATUS.eof) throw answer;
        break;
      }
      yield answer;
      at = first.offset + answer.length;
      if (answer.length < CHUNK_BYTES) {
        await Promise.all(ahead.splice(0).map((each) => each.answer));
        asked = at;
      }
    }
    await Promise.all(ahead.map((each) => each.answer));
    await this.#close(handle);
  }

  async #extended(name: string, build: (writer: Writer) => Writer): Promise<void> {
    await this.#wanted(TYPE.extended, TYPE.status, (to) => build(to.text(name)));
  }

  async rename(from: string, to: string): Promise<void> {
    if (this.has("posix-rename@openssh.com")) {
      await this.#extended("posix-rename@openssh.com", (writer) => writer.text(from).text(to));
      return;
    }
    // Version 3 refuses a name that is taken.
    await this.remove(to);
    await this.#wanted(TYPE.rename, TYPE.status, (writer) => writer.text(from).text(to));
  }

  async remove(path: string): Promise<void> {
    try {
      await this.#wanted(TYPE.remove, TYPE.status, (to) => to.text(path));
    } catch (error) {
      if (!(error instanceof SftpRefused) || error.status !== STATUS.noSuchFile) throw error;
    }
  }

  async mkdir(path: string): Promise<void> {
    await this.#wanted(TYPE.mkdir, TYPE.status, (to) => to.text(path).mode(0o700));
  }

  /** Bytes free to ordinary users; `undefined` where the server cannot tell. */
  async free(path: string): Promise<number | undefined> {
    if (!this.has("statvfs@openssh.com")) return undefined;
    const reader = await this.#wanted(
      TYPE.extended,
      TYPE.extendedReply,
      (to) => to.text("statvfs@openssh.com").text(path),
    );
    reader.u64();
    const fragment = reader.u64();
    reader.u64();
    reader.u64();
    return fragment * reader.u64();
  }

  async close(): Promise<void> {
    await this.#process.end();
    this.#process.kill();
    await this.#process.ended().catch(() => undefined);
  }
}
