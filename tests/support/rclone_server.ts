/** `rclone serve` on loopback over a directory, with a login, and the configuration of a remote that reaches it. */
import { freePort, must, sh } from "./stack.ts";

export async function hasRclone(): Promise<boolean> {
  return (await sh(["rclone", "version"])).code === 0;
}

const PASSWORD = "canary-rclone-Pa55word";

export class RcloneServer implements AsyncDisposable {
  readonly port: number = freePort();
  readonly directory: string;
  readonly configuration: string;
  readonly #work: string;
  #child: Deno.ChildProcess | undefined;

  private constructor(work: string) {
    this.#work = work;
    this.directory = `${work}/data`;
    this.configuration = `${work}/rclone.conf`;
  }

  /** What must stand in no output. */
  readonly secret: string = PASSWORD;

  static async start(): Promise<RcloneServer> {
    const server = new RcloneServer(await Deno.makeTempDir({ prefix: "rxdx-rclone-" }));
    await Deno.mkdir(server.directory);
    const hidden = await must(["rclone", "obscure", "-"], { stdin: PASSWORD });
    await Deno.writeTextFile(
      server.configuration,
      `[nas]\ntype = webdav\nurl = http://127.0.0.1:${server.port}\nvendor = other\n` +
        `user = backup\npass = ${hidden}\n`,
      { mode: 0o600 },
    );
    await server.listen();
    return server;
  }

  async listen(): Promise<void> {
    this.#child = new Deno.Command("rclone", {
      args: [
        ...["--config", "/dev/null", "serve", "webdav", "--addr", `127.0.0.1:${this.port}`],
        // The tests change what lies there behind its back.
        "--dir-cache-time=0s",
        this.directory,
      ],
      env: { RCLONE_USER: "backup", RCLONE_PASS: PASSWORD },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    for (;;) {
      const connection = await Deno.connect({ hostname: "127.0.0.1", port: this.port })
        .catch(() => undefined);
      if (connection !== undefined) return connection.close();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async stop(): Promise<void> {
    this.#child?.kill("SIGTERM");
    await this.#child?.status;
    this.#child = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await Deno.remove(this.#work, { recursive: true });
  }
}
