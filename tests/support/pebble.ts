/**
 * Let's Encrypt's own test authority on loopback: Debian's `pebble`, with its DNS server for tests. What
 * it asks for port 80 it asks for the stack's own port.
 */
import { freePort, must, sh } from "./stack.ts";

export async function havePebble(): Promise<boolean> {
  const found = await sh(["sh", "-c", "command -v pebble && command -v pebble-challtestsrv"]);
  return found.code === 0;
}

export interface PebbleOptions {
  /** Port at which the stack serves challenges. */
  readonly httpPort: number;
  /** `PEBBLE_…` variables. */
  readonly env?: Readonly<Record<string, string>>;
  readonly strict?: boolean;
  /** Names that it refuses to certify. */
  readonly blocked?: readonly string[];
  /** Key id → HMAC key, base64url; accounts must then be bound. */
  readonly eab?: Readonly<Record<string, string>>;
  /** Life of its certificates, in seconds; five years unless told. */
  readonly lifetimeSeconds?: number;
}

/** One that runs; `[Symbol.asyncDispose]` ends it. */
export class Pebble implements AsyncDisposable {
  readonly directory: string;
  /** Root of its own server's certificate: what `tls.ca_bundle` names. */
  readonly bundle: string;
  readonly #place: string;
  readonly #management: number;
  readonly #dns: { readonly dns: number; readonly management: number };
  readonly #options: PebbleOptions;
  readonly #listen: number;
  #children: Deno.ChildProcess[] = [];

  private constructor(
    place: string,
    listen: number,
    management: number,
    dns: { dns: number; management: number },
    options: PebbleOptions,
  ) {
    this.#place = place;
    this.#listen = listen;
    this.#management = management;
    this.#dns = dns;
    this.#options = options;
    this.directory = `https://127.0.0.1:${listen}/dir`;
    this.bundle = `${place}/ca.pem`;
  }

  static async start(options: PebbleOptions): Promise<Pebble> {
    const place = await Deno.makeTempDir({ prefix: "rxdx-pebble-" });
    const made = new Pebble(
      place,
      freePort(),
      freePort(),
      { dns: freePort(), management: freePort() },
      options,
    );
    await serverCertificate(place);
    await Deno.writeTextFile(
      `${place}/config.json`,
      JSON.stringify({
        pebble: {
          listenAddress: `127.0.0.1:${made.#listen}`,
          managementListenAddress: `127.0.0.1:${made.#management}`,
          certificate: `${place}/cert.pem`,
          privateKey: `${place}/key.pem`,
          httpPort: options.httpPort,
          tlsPort: freePort(),
          // Public authorities name one, or a list of revocations; nobody asks it here.
          ocspResponderURL: "http://127.0.0.1/ocsp",
          // Seconds; its own defaults make every order take eight.
          retryAfter: { authz: 1, order: 1 },
          externalAccountBindingRequired: options.eab !== undefined,
          externalAccountMACKeys: options.eab ?? {},
          domainBlocklist: options.blocked ?? [],
          ...(options.lifetimeSeconds === undefined
            ? {}
            : { certificateValidityPeriod: options.lifetimeSeconds }),
        },
      }),
    );
    await made.up();
    return made;
  }

  /** Starts both programs; again after {@link down}. Pebble forgets everything in between. */
  async up(): Promise<void> {
    const { dns, management } = this.#dns;
    const run = (argv: string[], log: string, env: Record<string, string>) => {
      const child = new Deno.Command("sh", {
        args: ["-c", `exec "$@" >"$0" 2>&1`, `${this.#place}/${log}`, ...argv],
        env,
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).spawn();
      this.#children.push(child);
    };
    run(
      ["pebble-challtestsrv", "-dns01", `127.0.0.1:${dns}`, "-http01", "", "-https01", ""]
        .concat(["-tlsalpn01", "", "-management", `127.0.0.1:${management}`, "-defaultIPv6", ""]),
      "dns.log",
      {},
    );
    run(
      [
        "pebble",
        "-config",
        `${this.#place}/config.json`,
        "-dnsserver",
        `127.0.0.1:${dns}`,
        ...(this.#options.strict === true ? ["-strict"] : []),
      ],
      "pebble.log",
      // Without it Pebble waits up to 15 s before it asks, and refuses every twentieth nonce.
      { PEBBLE_VA_NOSLEEP: "1", PEBBLE_WFE_NONCEREJECT: "0", ...this.#options.env },
    );
    for (let tries = 0; tries < 1_000; tries++) {
      const ready = await sh(["curl", "-s", "--cacert", this.bundle, this.directory]);
      if (ready.code === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`pebble does not answer: ${await this.log()}`);
  }

  async down(): Promise<void> {
    const children = this.#children;
    this.#children = [];
    for (const child of children) {
      child.kill("SIGTERM");
      await child.status;
    }
  }

  log(): Promise<string> {
    return Deno.readTextFile(`${this.#place}/pebble.log`);
  }

  /** How many times a line of its log matches, since it was started last. */
  async count(pattern: RegExp): Promise<number> {
    return (await this.log()).split("\n").filter((line) => pattern.test(line)).length;
  }

  /** The root that its certificates end at, as PEM; `index` for an alternate one. */
  async root(index = 0): Promise<string> {
    const url = `https://127.0.0.1:${this.#management}/roots/${index}`;
    return await must(["curl", "-s", "--cacert", this.bundle, url]) + "\n";
  }

  /** Lets its DNS server answer a name with these addresses. */
  async name(host: string, addresses: readonly string[]): Promise<void> {
    const url = `http://127.0.0.1:${this.#dns.management}/add-a`;
    const body = JSON.stringify({ host: `${host}.`, addresses });
    await must(["curl", "-sf", "-X", "POST", "-d", body, url]);
  }

  /** The settings that make a stack ask it. */
  settings(domain: string): string[] {
    return [
      "tls.mode=letsencrypt",
      "tls.accept_terms=true",
      `tls.directory=${this.directory}`,
      `tls.ca_bundle=${this.bundle}`,
      `domain=${domain}`,
    ].flatMap((value) => ["--set", value]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
    await Deno.remove(this.#place, { recursive: true });
  }
}

/** A root and a certificate for loopback that it signed: `ca.pem`, `cert.pem`, `key.pem`. */
export async function serverCertificate(place: string): Promise<void> {
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const openssl = (words: string) =>
    must(["openssl", ...words.split(" ").map((word) => word.replaceAll("@", place))]);
  await Deno.writeTextFile(
    `${place}/ext`,
    "subjectAltName=IP:127.0.0.1,DNS:localhost\nbasicConstraints=CA:FALSE\n",
  );
  await openssl(
    `req -x509 ${curve.join(" ")} -days 30 -subj /CN=Test-root -keyout @/ca.key -out @/ca.pem`,
  );
  await openssl(
    `req ${curve.join(" ")} -subj /CN=localhost -keyout @/key.pem -out @/request.pem`,
  );
  await openssl(
    "x509 -req -in @/request.pem -days 30 -CA @/ca.pem -CAkey @/ca.key -CAcreateserial " +
      "-extfile @/ext -out @/cert.pem",
  );
}
