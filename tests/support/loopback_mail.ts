/** A real SMTP server on loopback, and certificates for it: for tests of what sends mail. */
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { selfSigned } from "../../lib/tls/self_signed.ts";

/** What this process trusts besides. */
const TRUSTED = `${Deno.env.get("TMPDIR") ?? "/tmp"}/rxdxtest-trusted-${Deno.pid}.pem`;

/** A certificate for this machine's loopback, and a file that holds it. */
export class LoopbackCertificate implements Disposable {
  readonly certificate: string;
  readonly key: string;
  readonly file: string;

  private constructor(certificate: string, key: string, file: string) {
    this.certificate = certificate;
    this.key = key;
    this.file = file;
  }

  static async make(names: readonly string[] = ["localhost", "127.0.0.1"]): Promise<
    LoopbackCertificate
  > {
    const serial = crypto.getRandomValues(new Uint8Array(16));
    const { certificate, key } = await selfSigned({ names, now: new Date(), serial });
    const file = await Deno.makeTempFile({ suffix: ".pem" });
    await Deno.writeTextFile(file, certificate);
    return new LoopbackCertificate(certificate, key, file);
  }

  /** Runs something in a process that trusts the certificate. */
  async trusted<T>(body: () => Promise<T>): Promise<T> {
    // The environment belongs to the process, and test files run beside each other in its threads: all of
    // them set the same file, which grows, and nobody takes it away from another.
    const before = Deno.env.get("NODE_EXTRA_CA_CERTS") ?? "";
    if (before !== TRUSTED) {
      const known = before === "" ? "" : await Deno.readTextFile(before).catch(() => "");
      await Deno.writeTextFile(TRUSTED, `${known}\n`, { append: true });
    }
    await Deno.writeTextFile(TRUSTED, `${this.certificate}\n`, { append: true });
    Deno.env.set("NODE_EXTRA_CA_CERTS", TRUSTED);
    return await body();
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.file);
  }
}

export interface Received {
  readonly from: string;
  readonly to: readonly string[];
  /** Login name; empty without a login. */
  readonly user: string;
  readonly secure: boolean;
  /** Head and body as they came. */
  readonly text: string;
}

export interface MailServerOptions extends SMTPServerOptions {
  readonly login?: { readonly user: string; readonly password: string };
  readonly refuseFrom?: string;
  readonly refuseTo?: string;
}

export class MailServer implements AsyncDisposable {
  readonly received: Received[] = [];
  readonly port: number;
  readonly #server: SMTPServer;

  private constructor(server: SMTPServer, port: number, received: Received[]) {
    this.#server = server;
    this.port = port;
    this.received = received;
  }

  static async start(options: MailServerOptions = {}): Promise<MailServer> {
    const { login, refuseFrom, refuseTo, ...rest } = options;
    const received: Received[] = [];
    const refusal = (code: number, text: string) =>
      Object.assign(new Error(text), { responseCode: code });
    const server = new SMTPServer({
      logger: false,
      closeTimeout: 200,
      authOptional: login === undefined,
      onAuth({ username, password }, _session, done) {
        if (username === login?.user && password === login?.password) {
          return done(null, { user: username ?? "" });
        }
        done(refusal(535, `5.7.8 not your password: ${password}`));
      },
      onMailFrom({ address }, _session, done) {
        done(address === refuseFrom ? refusal(550, "5.7.1 not your address") : null);
      },
      onRcptTo({ address }, _session, done) {
        done(address === refuseTo ? refusal(550, "5.1.1 nobody of that name") : null);
      },
      onData(stream, session, done) {
        const chunks: Uint8Array[] = [];
        stream.on("data", (chunk: Uint8Array) => chunks.push(chunk));
        stream.on("end", () => {
          const { mailFrom, rcptTo } = session.envelope;
          received.push({
            from: mailFrom === false ? "" : mailFrom.address,
            to: rcptTo.map((each) => each.address),
            user: String(session.user ?? ""),
            secure: session.secure,
            text: new TextDecoder().decode(
              Uint8Array.from(chunks.flatMap((chunk) => [...chunk])),
            ),
          });
          done(null, "queued as 1");
        });
      },
      ...rest,
    });
    // Clients that refuse a certificate hang up in the middle; that is the tests' business.
    server.on("error", () => undefined);
    const port = await new Promise<number>((resolve) => {
      const listener = server.listen(0, "127.0.0.1", () => {
        const address = listener.address();
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
    return new MailServer(server, port, received);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
