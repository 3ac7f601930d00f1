/**
 * The real `openssl` in a directory of its own, for what no library makes: locked keys of every age,
 * PKCS #12, DSA, MD5. Tests that need it are skipped, visibly, where it is not installed.
 */
import { theHost } from "../../lib/host/real.ts";

const { process } = theHost();

export const HAS_OPENSSL = (await process.run(["openssl", "version"])).code === 0;

export class OpenSsl {
  private constructor(readonly dir: string) {}

  /** Gives the test its directory and removes it afterwards. */
  static async use(work: (openssl: OpenSsl) => Promise<void>): Promise<void> {
    const openssl = new OpenSsl(await Deno.makeTempDir({ prefix: "rxdx-openssl-" }));
    try {
      await work(openssl);
    } finally {
      await Deno.remove(openssl.dir, { recursive: true });
    }
  }

  path(name: string): string {
    return `${this.dir}/${name}`;
  }

  /** Runs it there, words split at blanks; fails the test when it fails. */
  async run(line: string): Promise<string> {
    const result = await process.run(["openssl", ...line.split(" ")], { cwd: this.dir });
    if (result.code !== 0) throw new Error(`openssl ${line}\n${result.stderr}`);
    return result.stdout;
  }

  async write(name: string, content: string | Uint8Array): Promise<void> {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await Deno.writeFile(this.path(name), bytes);
  }

  bytes(name: string): Promise<Uint8Array> {
    return Deno.readFile(this.path(name));
  }

  text(name: string): Promise<string> {
    return Deno.readTextFile(this.path(name));
  }
}
