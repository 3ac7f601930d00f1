/**
 * A network namespace without a route to anywhere: only a loopback of its own. Programs in it reach the
 * Docker daemon by its unix socket, and, once `open` was called, some ports of this machine, as one sits
 * before a server whose network cable is not plugged in.
 */
import assert from "node:assert/strict";
import { type Ran, type RunOptions, sh } from "./stack.ts";

export class NoNetwork implements AsyncDisposable {
  readonly #holder: Deno.ChildProcess;
  readonly #directory: string;
  readonly #listeners: Deno.Listener[] = [];
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;

  private constructor(holder: Deno.ChildProcess, directory: string) {
    this.#holder = holder;
    this.#directory = directory;
    this.#lines = holder.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#input = holder.stdin.getWriter();
  }

  static async make(ports: readonly number[]): Promise<NoNetwork> {
    const directory = await Deno.makeTempDir({ prefix: "rxdx-netns-" });
    const script = new URL("netns_bridge.ts", import.meta.url).pathname;
    const holder = new Deno.Command("unshare", {
      args: [
        "--net",
        "sh",
        "-c",
        'ip link set lo up && exec "$@"',
        "sh",
        Deno.execPath(),
        "run",
        "--allow-all",
        "--no-config",
        script,
        directory,
        ...ports.map(String),
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const made = new NoNetwork(holder, directory);
    for (const port of ports) made.#serve(port);
    await made.#wait("ready");
    return made;
  }

  /** Leads from the namespace to a port of this machine. */
  #serve(port: number): void {
    const listener = Deno.listen({ transport: "unix", path: `${this.#directory}/${port}` });
    this.#listeners.push(listener);
    void (async () => {
      for await (const connection of listener) {
        void (async () => {
          try {
            const other = await Deno.connect({ hostname: "127.0.0.1", port });
            await Promise.allSettled([
              connection.readable.pipeTo(other.writable),
              other.readable.pipeTo(connection.writable),
            ]);
          } catch {
            connection.close();
          }
        })();
      }
    })();
  }

  async #wait(word: string): Promise<void> {
    const { value } = await this.#lines.read();
    assert.equal(value?.trim(), word);
  }

  /** From now on the ports answer within. */
  async open(): Promise<void> {
    await this.#input.write(new TextEncoder().encode("listen\n"));
    await this.#wait("listening");
  }

  argv(argv: readonly string[]): string[] {
    return ["nsenter", "--target", String(this.#holder.pid), "--net", ...argv];
  }

  run(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
    return sh(this.argv(argv), options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close();
    await this.#lines.cancel();
    await this.#holder.status;
    for (const listener of this.#listeners) listener.close();
    await Deno.remove(this.#directory, { recursive: true });
  }
}
