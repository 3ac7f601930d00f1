/** A real IMAP server, Debian's Dovecot, on loopback with a private configuration. Needs root. */
import assert from "node:assert/strict";
import { freePort } from "./stack.ts";

const PROGRAM = "/usr/sbin/dovecot";

/** What is missing for it, or `undefined`. */
export function dovecotMissing(): string | undefined {
  if (Deno.uid() !== 0) return "needs root";
  try {
    Deno.statSync(PROGRAM);
    return undefined;
  } catch {
    return "needs dovecot-imapd";
  }
}

export interface DovecotOptions {
  readonly user: string;
  readonly password: string;
  readonly certificate: string;
  readonly key: string;
  /** Names of mailboxes beside INBOX. */
  readonly mailboxes: readonly string[];
  /** Messages in INBOX. */
  readonly messages: number;
}

/** STARTTLS is spoken on port 143 alone; on an address of loopback that nobody else uses. */
export const STARTTLS_ADDRESS = "127.91.0.1";

/** False while somebody listens on port 143 of all addresses. */
export function starttlsPossible(): boolean {
  try {
    Deno.listen({ hostname: STARTTLS_ADDRESS, port: 143 }).close();
    return true;
  } catch {
    return false;
  }
}

export class Dovecot implements AsyncDisposable {
  readonly imap: number = freePort();
  readonly imaps: number = freePort();
  readonly #dir: string = Deno.makeTempDirSync({ prefix: "rxdxtest-dovecot-" });
  #child: Deno.ChildProcess | undefined;

  static async start(options: DovecotOptions): Promise<Dovecot> {
    const server = new Dovecot();
    await server.#start(options);
    return server;
  }

  async #start(options: DovecotOptions): Promise<void> {
    const dir = this.#dir;
    const { user, password, certificate, key, mailboxes, messages } = options;
    await Deno.chmod(dir, 0o755);
    await Deno.writeTextFile(`${dir}/cert.pem`, certificate);
    await Deno.writeTextFile(`${dir}/key.pem`, key, { mode: 0o600 });
    // The password file's fields end at a colon, so the password comes in an encoding.
    const coded = btoa(String.fromCharCode(...new TextEncoder().encode(password)));
    await Deno.writeTextFile(`${dir}/users`, `${user}:{PLAIN.b64}${coded}\n`);
    for (const name of ["", ...mailboxes.map((each) => `.${each}/`)]) {
      for (const part of ["cur", "new", "tmp"]) {
        await Deno.mkdir(`${dir}/mail/${name}${part}`, { recursive: true });
      }
    }
    for (let number = 1; number <= messages; number++) {
      await Deno.writeTextFile(
        `${dir}/mail/new/${number}.M1P1.test`,
        `From: a@example.com\nSubject: ${number}\n\nHello\n`,
      );
    }
    await this.#own(`${dir}/mail`);
    await Deno.writeTextFile(`${dir}/dovecot.conf`, this.#configuration());
    this.#child = new Deno.Command(PROGRAM, {
      args: ["-F", "-c", `${dir}/dovecot.conf`],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    for (let tries = 0;; tries++) {
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port: this.imaps })).close();
        return;
      } catch {
        assert.ok(tries < 1_000, await Deno.readTextFile(`${dir}/log`).catch(() => "no log"));
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  /** Mail must not belong to root: Dovecot refuses. */
  async #own(path: string): Promise<void> {
    const { success } = await new Deno.Command("chown", { args: ["-R", "mail:mail", path] })
      .output();
    assert.ok(success);
  }

  #configuration(): string {
    const dir = this.#dir;
    return `protocols = imap
listen = 127.0.0.1
base_dir = ${dir}/run
state_dir = ${dir}/run
log_path = ${dir}/log
ssl = yes
ssl_cert = <${dir}/cert.pem
ssl_key = <${dir}/key.pem
disable_plaintext_auth = yes
auth_mechanisms = plain login
auth_failure_delay = 0
login_trusted_networks =
first_valid_uid = 1
mail_location = maildir:${dir}/mail
passdb {
  driver = passwd-file
  args = scheme=PLAIN ${dir}/users
}
userdb {
  driver = static
  args = uid=mail gid=mail home=${dir}/mail
}
service imap-login {
  inet_listener imap {
    port = ${this.imap}
  }
  inet_listener imaps {
    port = ${this.imaps}
    ssl = yes
  }
${
      starttlsPossible()
        ? `  inet_listener starttls {\n    address = ${STARTTLS_ADDRESS}\n    port = 143\n  }\n`
        : ""
    }}
`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child?.kill("SIGTERM");
    } catch {
      // It has ended already.
    }
    await this.#child?.status;
    await Deno.remove(this.#dir, { recursive: true });
  }
}
