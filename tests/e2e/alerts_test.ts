/**
 * Alerts on a real stack: a real SMTP server with STARTTLS and login, a real receiver of webhooks. Who is told
 * what, how often, and that no secret is in any of it.
 */
import assert from "node:assert/strict";
import { type AlertMessage, parseState } from "../../lib/notify/state.ts";
import { LoopbackCertificate, MailServer } from "../support/loopback_mail.ts";
import { serveWeb } from "../support/loopback_web.ts";
import { must, type Ran, TestStack } from "../support/stack.ts";

const PASSWORD = "canary-smtp-7f3a91d2";
const HOOK = "canary-hook-40c2e8b7";

interface Posted extends Pick<AlertMessage, "event"> {
  readonly schema: number;
  readonly state: string;
  readonly problems: readonly { readonly code: string; readonly subject: string }[];
  readonly text: string;
}

/** A header of a message as it came, unfolded; empty without one. */
function header(text: string, name: string): string {
  const head = (text.split("\r\n\r\n")[0] ?? "").replace(/\r\n[ \t]+/g, " ");
  return new RegExp(`^${name}: (.*)$`, "mi").exec(head)?.[1]?.trim() ?? "";
}

/** The text of a message, out of quoted-printable (RFC 2045, 6.7); ASCII is enough here. */
function bodyOf(text = ""): string {
  return text.replace(/=\r\n/g, "").replace(
    /=([0-9A-F]{2})/g,
    (_, hex: string) => String.fromCharCode(parseInt(hex, 16)),
  );
}

Deno.test({
  name: "alerts: outage, flapping, reminder, a mail server that is down, silence, no Docker",
  // The mail server's sockets end a moment after the test.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    using certificate = await LoopbackCertificate.make();
    const { certificate: cert, key, file } = certificate;
    const mailServer = () =>
      MailServer.start({ login: { user: "rxdx", password: PASSWORD }, cert, key });
    const posted: Posted[] = [];
    await using hooks = serveWeb(async (request) => {
      posted.push(await request.json() as Posted);
      return new Response(null, { status: 204 });
    });
    let server = await mailServer();
    const mails: string[] = [];
    const outputs: string[] = [];
    await using stack = new TestStack("alerts");
    const ran = await stack.init(
      [
        "email.host=localhost",
        `email.port=${server.port}`,
        "email.user=rxdx",
        "email.from=rxdx@example.com",
        "alerts.email=ops@example.com",
        `alerts.webhook=${hooks.base}/${HOOK}`,
        // The machine that runs the tests is its own business.
        "alerts.disk_percent=100",
        "alerts.every_minutes=0",
      ].flatMap((each) => ["--set", each]),
      { env: { RXDX_SECRET_SMTP_PASSWORD: PASSWORD } },
    );
    assert.equal(ran.code, 0, ran.text);
    const trusting = { SSL_CERT_FILE: file };
    const rxdx = async (args: readonly string[], env: Record<string, string> = {}) => {
      const result = await stack.run(args, { env: { ...trusting, ...env } });
      outputs.push(result.text);
      return result;
    };
    const look = (env: Record<string, string> = {}): Promise<Ran> => rxdx(["healthcheck"], env);
    /** What has come since it was asked last, mail and webhook. */
    const news = () => {
      const subjects = server.received.map((each) => header(each.text, "Subject"));
      mails.push(...server.received.map((each) => each.text));
      server.received.length = 0;
      return { subjects, events: posted.splice(0).map((each) => each.event) };
    };
    const nothing = { subjects: [], events: [] };

    // All is well, and a test message arrives.
    const well = await look();
    assert.equal(well.code, 0, well.text);
    assert.equal((await rxdx(["healthcheck", "--quiet", "--no-alerts"])).text, "");
    const tested = await rxdx(["alerts", "test"]);
    assert.equal(tested.code, 0, tested.text);
    assert.deepEqual(news(), { subjects: [`[${stack.name}] test message`], events: ["test"] });

    // An outage: one mail and one webhook after two looks, and one of each when it is over.
    const postgres = `${stack.name}-postgres-1`;
    await must(["docker", "stop", "--time", "2", postgres]);
    assert.equal((await look()).code, 6);
    assert.deepEqual(news(), nothing);
    assert.equal((await look()).code, 6);
    const [told] = server.received;
    assert.match(bodyOf(told?.text), new RegExp(`CRITICAL  ${postgres} has stopped`));
    assert.equal(header(told?.text ?? "", "Auto-Submitted"), "auto-generated");
    assert.deepEqual([told?.user, told?.secure, told?.to], ["rxdx", true, ["ops@example.com"]]);
    assert.deepEqual([posted[0]?.schema, posted[0]?.state], [1, "degraded"]);
    assert.ok(posted[0]?.problems.some((each) => each.subject === postgres));
    const opened = news();
    assert.equal(opened.subjects.length, 1);
    assert.match(opened.subjects[0] ?? "", /critical: postgres-1 has stopped/);
    assert.deepEqual(opened.events, ["opened"]);
    await look();
    assert.deepEqual(news(), nothing);
    await stack.ok(["start"]);
    await look();
    assert.deepEqual(news(), nothing);
    assert.equal((await look()).code, 0);
    const over = server.received[0]?.text ?? "";
    assert.equal(header(over, "References"), header(mails.at(-1) ?? "", "Message-ID"));
    assert.deepEqual(news().events, ["recovered"]);

    // Flapping: one message, and one when it is calm.
    const configuration = `${stack.dir}/rxdx.yml`;
    const threshold = async (percent: number) => {
      const text = await Deno.readTextFile(configuration);
      const changed = text.replace(/^( +disk_percent:) \d+/m, `$1 ${percent}`);
      assert.notEqual(changed, text);
      await Deno.writeTextFile(configuration, changed);
    };
    const full = () => threshold(1);
    const empty = () => threshold(100);
    await full();
    await look();
    await look();
    assert.deepEqual(news().events, ["opened"]);
    for (let round = 0; round < 2; round++) {
      await empty();
      await look();
      await full();
      await look();
    }
    await empty();
    for (let good = 0; good < 7; good++) await look();
    assert.deepEqual(news(), nothing);
    await look();
    const calm = news();
    assert.deepEqual([calm.subjects.length, calm.events], [1, ["recovered"]]);

    // A day later it lasts: told again, once.
    const state = `${stack.dir}/.rxdx/alerts.json`;
    await full();
    await look();
    await look();
    assert.deepEqual(news().events, ["opened"]);
    const aged = parseState(await Deno.readTextFile(state)) ?? assert.fail();
    const yesterday = new Date(Date.now() - 25 * 3_600_000).toISOString();
    const problems = aged.problems.map((each) =>
      each.told === null ? each : { ...each, told: { ...each.told, at: yesterday } }
    );
    await Deno.writeTextFile(state, JSON.stringify({ ...aged, problems }));
    await look();
    await look();
    assert.deepEqual(news().events, ["reminder"]);

    // The mail server is down: the webhook gets it, and the mail follows when it is back.
    await server[Symbol.asyncDispose]();
    await empty();
    await look();
    const failed = await look();
    assert.equal(failed.code, 5, failed.text);
    assert.match(
      failed.stderr,
      /could not be delivered \(email\).*Connection refused|No connection/s,
    );
    assert.deepEqual(news(), { subjects: [], events: ["recovered"] });
    const status = await rxdx(["status", "--json"]);
    assert.match(status.stdout, /"alerts_not_delivered"/);
    server = await mailServer();
    await using _last = server;
    await rxdx(["config", "set", `email.port=${server.port}`]);
    assert.equal((await look()).code, 0);
    assert.equal(news().subjects.length, 1);

    // A silence holds it back; Docker that is gone is told as soon as it is over.
    await rxdx(["alerts", "silence", "1h", "--reason", "new disks"]);
    const gone = { DOCKER_HOST: "unix:///nonexistent" };
    assert.equal((await look(gone)).code, 6);
    assert.match(
      (await look(gone)).stdout,
      /^unknown\ncritical: Docker does not answer.*\nNobody/s,
    );
    assert.deepEqual(news(), nothing);
    await rxdx(["alerts", "silence", "off"]);
    const two = await Promise.all([look(gone), look(gone)]);
    assert.deepEqual(two.map((each) => each.code), [6, 6]);
    assert.match(bodyOf(server.received[0]?.text), /Docker does not answer/);
    assert.deepEqual(news().events, ["opened"]);
    assert.match((await rxdx(["alerts", "show"])).stdout, /Docker does not answer/);

    // Nothing of it carries a secret.
    assert.equal(((await Deno.stat(state)).mode ?? 0) & 0o777, 0o600);
    const all = [
      ...mails.map(bodyOf),
      ...mails,
      ...outputs,
      JSON.stringify(posted),
      await Deno.readTextFile(state),
    ]
      .join("\n");
    for (const secret of [...stack.secrets(), PASSWORD, HOOK]) {
      for (const form of [secret, btoa(secret).replace(/=+$/, ""), encodeURIComponent(secret)]) {
        assert.ok(!all.includes(form), "a secret was shown");
      }
    }
  },
});
