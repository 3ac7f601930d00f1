/** A certificate as text for people and as JSON: the output of the `tls` commands. */
import { type CertificateLook, lookAtCertificate } from "../operations/tls/look.ts";
import type { CertificatePlan, CertificateScene } from "../operations/tls/scene.ts";
import { type CertificateInfo, daysLeft, nameText } from "../tls/certificate.ts";
import { hstsFor } from "../tls/hsts.ts";
import type { CommandContext } from "./context.ts";
import type { Colors } from "./output.ts";

const date = (moment: Date) => `${moment.toISOString().slice(0, 16).replace("T", " ")} UTC`;

/** Two lines of a fingerprint fit beside a label on 80 columns; one does not. */
function halves(fingerprint: string): string[] {
  const half = Math.ceil(fingerprint.length / 2);
  return [fingerprint.slice(0, half), fingerprint.slice(half)];
}

/** Field → lines. */
type Row = readonly [label: string, ...lines: string[]];

export function certificateText(
  plan: CertificatePlan,
  look: CertificateLook,
  now: Date,
  c: Colors,
): string {
  const [leaf, ...issuers] = look.chain;
  const rows: Row[] = [["Mode", plan.answers.tls.mode]];
  if (leaf === undefined) {
    const none = { none: "none: plain HTTP", external: "none here: a proxy in front ends TLS" };
    rows.push(["Certificate", none[plan.answers.tls.mode as keyof typeof none] ?? "none"]);
  } else rows.push(...leafRows(leaf, issuers, now, c));
  rows.push(...servedRows(look, c), ...hstsRows(plan, look), ...renewalRows(look, c));
  return rows.map(([label, ...lines]) =>
    lines.map((line, index) => `${(index === 0 ? label : "").padEnd(13)}${line}`.trimEnd()).join(
      "\n",
    )
  ).join("\n");
}

function leafRows(
  leaf: CertificateInfo,
  issuers: readonly CertificateInfo[],
  now: Date,
  c: Colors,
): Row[] {
  const days = daysLeft(leaf.notAfter, now);
  const left = days < 0 ? c.red(`expired ${-days} days ago`) : `${days} days left`;
  return [
    ["Names", ...leaf.names],
    ["Issuer", leaf.selfSigned ? c.yellow("itself (self-signed)") : nameText(leaf.issuer)],
    ["Valid", `${date(leaf.notBefore)} to`, `${date(leaf.notAfter)}, ${left}`],
    ["Key", leaf.keyKind],
    ...(issuers.length === 0
      ? []
      : [["Chain", ...issuers.map((each) => nameText(each.subject))] as Row]),
    ["SHA-256", ...halves(leaf.fingerprint)],
  ];
}

function servedRows({ served, previous }: CertificateLook, c: Colors): Row[] {
  const rows: Row[] = [];
  if (served.state === "same") rows.push(["Served", c.green("this one")]);
  if (served.state === "silent") rows.push(["Served", c.red(served.message)]);
  if (served.state === "other") {
    rows.push([
      "Served",
      c.red("another one; rxdx-setup tls renew"),
      ...halves(served.fingerprint),
    ]);
  }
  if (previous !== undefined) {
    const until = previous.notAfter.toISOString().slice(0, 10);
    const issuer = previous.selfSigned ? "self-signed" : nameText(previous.issuer);
    rows.push(["Before it", `${issuer}, until ${until} (rxdx-setup tls undo)`]);
  }
  return rows;
}

function hstsRows(plan: CertificatePlan, { live }: CertificateLook): Row[] {
  if (plan.answers.tls.mode === "none") return [];
  if (plan.answers.tls.mode === "external") {
    return [["HSTS", hstsFor(plan.answers.tls.hsts, "some") || "none"]];
  }
  const why = live?.meta?.trust === "nobody" || live?.meta === undefined
    ? "none: never with a self-signed certificate"
    : `none (tls.hsts: ${plan.answers.tls.hsts})`;
  return [["HSTS", (live?.hsts ?? "") === "" ? why : live?.hsts ?? ""]];
}

function renewalRows(look: CertificateLook, c: Colors): Row[] {
  const rows: Row[] = [];
  if (look.renewalAt !== undefined) {
    const by = look.scheduledBy === undefined ? "" : ` by ${look.scheduledBy}`;
    rows.push(["Renewal", `after ${date(look.renewalAt)}${by}`]);
  }
  if (look.wantsSchedule && look.scheduledBy === undefined) {
    rows.push([
      "Timer",
      c.yellow("none: neither systemd nor cron runs it; see rxdx-setup apply"),
    ]);
  }
  const { order } = look;
  if (order === undefined) return rows;
  if (order.missing !== undefined) rows.push(["Wanted", c.yellow(order.missing)]);
  const { lastAttempt, failures, window } = order.state;
  if (lastAttempt !== undefined) {
    const at = date(new Date(lastAttempt.at));
    rows.push(
      lastAttempt.ok ? ["Last order", `${at}, issued`] : [
        "Last order",
        c.red(`${at}, failed${failures > 1 ? ` (${failures} in a row)` : ""}`),
        lastAttempt.message ?? "",
        ...(lastAttempt.hint === undefined ? [] : [`→ ${lastAttempt.hint}`]),
      ],
    );
  }
  if (window !== undefined) {
    rows.push([
      "The CA wishes",
      `${date(new Date(window.start))} to`,
      date(new Date(window.end)),
      ...(window.explanation === undefined ? [] : [window.explanation]),
    ]);
  }
  return rows;
}

export function certificateJson(
  plan: CertificatePlan,
  look: CertificateLook,
  now: Date,
): Record<string, unknown> {
  const [leaf] = look.chain;
  const { order } = look;
  return {
    schema: 1,
    mode: plan.answers.tls.mode,
    certificate: leaf === undefined ? null : {
      names: leaf.names,
      subject: nameText(leaf.subject),
      issuer: nameText(leaf.issuer),
      self_signed: leaf.selfSigned,
      trust: look.live?.meta?.trust ?? (leaf.selfSigned ? "nobody" : "some"),
      source: look.live?.meta?.source ?? null,
      not_before: leaf.notBefore.toISOString(),
      not_after: leaf.notAfter.toISOString(),
      days_left: daysLeft(leaf.notAfter, now),
      key: leaf.keyKind,
      fingerprint_sha256: leaf.fingerprint,
      chain: look.chain.slice(1).map((each) => ({
        subject: nameText(each.subject),
        issuer: nameText(each.issuer),
        not_after: each.notAfter.toISOString(),
      })),
    },
    served: {
      state: look.served.state,
      fingerprint_sha256: "fingerprint" in look.served ? look.served.fingerprint : null,
    },
    previous: look.previous === undefined ? null : {
      issuer: nameText(look.previous.issuer),
      not_after: look.previous.notAfter.toISOString(),
      fingerprint_sha256: look.previous.fingerprint,
    },
    hsts: look.live?.hsts ?? "",
    renewal: {
      at: look.renewalAt?.toISOString() ?? null,
      scheduled_by: look.scheduledBy ?? null,
      wanted: order?.missing ?? null,
      last_attempt: order?.state.lastAttempt ?? null,
      failures: order?.state.failures ?? 0,
      not_before: order?.state.nextAttemptAt ?? null,
      window: order?.state.window ?? null,
    },
  };
}

/** The end of a command that changed the certificate: what is served now. */
export async function certificateResult(
  context: CommandContext,
  scene: CertificateScene,
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const { host, out } = context;
  const look = await lookAtCertificate(scene);
  const now = host.clock.now();
  if (out.json) out.resultJson({ ...certificateJson(scene.plan, look, now), ...more });
  else out.result(certificateText(scene.plan, look, now, out.resultColors));
}
