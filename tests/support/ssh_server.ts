/**
 * A real OpenSSH server on loopback, as an operator's NAS has one: a process of its own, a host key of its
 * own, one key that may log in. Nothing of this machine's sshd is read or touched.
 */
import { freePort, must, sh } from "./stack.ts";

const SSHD = "/usr/sbin/sshd";

export async function hasSshd(): Promise<boolean> {
  return await Deno.stat(SSHD).then(() => true, () => false) &&
    (await sh(["ssh", "-V"])).code === 0;
}

export class SshServer implements AsyncDisposable {
  readonly port: number = freePort();
  readonly #work: string;
  #child: Deno.ChildProcess | undefined;

  private constructor(work: string) {
    this.#work = work;
  }

  /** Login key, known hosts, and the target for a directory. */
  get key(): string {
    return `${this.#work}/login`;
  }

  get knownHosts(): string {
    return `${this.#work}/known_hosts`;
  }

  target(path: string): string {
    return `sftp://${Deno.env.get("USER") ?? "root"}@127.0.0.1:${this.port}${path}`;
  }

  static async start(): Promise<SshServer> {
    const server = new SshServer(await Deno.makeTempDir({ prefix: "rxdx-sshd-" }));
    // As Debian's service makes it.
    await Deno.mkdir("/run/sshd", { recursive: true });
    await server.newKey("login");
    await server.newKey("other");
    await server.newKey("host");
    await Deno.copyFile(`${server.#work}/login.pub`, `${server.#work}/authorized`);
    await server.know();
    await server.listen();
    return server;
  }

  async newKey(name: string): Promise<string> {
    const path = `${this.#work}/${name}`;
    for (const each of [path, `${path}.pub`]) await Deno.remove(each).catch(() => undefined);
    await must(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path]);
    return path;
  }

  /** Makes the present host key the known one. */
  async know(): Promise<void> {
    const [type, key] = (await Deno.readTextFile(`${this.#work}/host.pub`)).split(" ");
    await Deno.writeTextFile(this.knownHosts, `[127.0.0.1]:${this.port} ${type} ${key}\n`);
  }

  /** @param sftpOnly a login that has no shell, as on many appliances */
  async listen(sftpOnly = false): Promise<void> {
    const lines = [
      `ListenAddress 127.0.0.1:${this.port}`,
      `HostKey ${this.#work}/host`,
      `AuthorizedKeysFile ${this.#work}/authorized`,
      `PidFile ${this.#work}/pid`,
      "PermitRootLogin prohibit-password",
      "PasswordAuthentication no",
      "KbdInteractiveAuthentication no",
      "UsePAM no",
      "StrictModes no",
      "LogLevel ERROR",
      "Subsystem sftp internal-sftp",
      ...(sftpOnly ? ["ForceCommand internal-sftp"] : []),
    ];
    await Deno.writeTextFile(`${this.#work}/sshd_config`, lines.join("\n") + "\n");
    this.#child = new Deno.Command(SSHD, {
      args: ["-D", "-e", "-f", `${this.#work}/sshd_config`],
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
