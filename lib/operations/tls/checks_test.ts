/** What `check certificate` says of a certificate that is well, and of one that is not. */
import assert from "node:assert/strict";
import { samplePlan } from "../../../tests/support/samples.ts";
import type { RenewalState } from "../../tls/acme/state.ts";
import { readCertificate } from "../../tls/certificate.ts";
import { selfSigned } from "../../tls/self_signed.ts";
import { certificateChecks } from "./checks.ts";
import type { CertificateLook } from "./look.ts";

const NOW = new Date("2026-06-15T12:00:00Z");
const PAIR = await selfSigned({
  names: ["rxdx.example.org"],
  now: NOW,
  serial: new Uint8Array(16),
});
const OTHER = await selfSigned({ names: ["x.org"], now: NOW, serial: new Uint8Array(16) });
const ACME = samplePlan({
  answers: { domain: "rxdx.example.org", tls: { mode: "letsencrypt", accept_terms: true } },
});

function look(changes: Partial<CertificateLook> = {}, state: Partial<RenewalState> = {}) {
  const info = readCertificate(PAIR.certificate);
  return {
    live: { id: "0".repeat(16), ...PAIR, hsts: "", meta: undefined },
    chain: info === undefined ? [] : [info],
    served: { state: "same", fingerprint: info?.fingerprint ?? "" },
    previous: undefined,
    scheduledBy: "systemd",
    wantsSchedule: true,
    renewalAt: undefined,
    order: {
      missing: undefined,
      decision: { kind: "wait", until: NOW, why: "not_due" },
      limit: undefined,
      state: { schema: 1, failures: 0, ...state },
    },
    ...changes,
  } as CertificateLook;
}

const states = (seen: CertificateLook) =>
  Object.fromEntries(
    certificateChecks(ACME, seen, NOW).map((each) => [
      each.id.replace("certificate-", ""),
      each.state,
    ]),
  );

Deno.test("all is well: one line each", () => {
  assert.deepEqual(states(look()), {
    dates: "ok",
    key: "ok",
    served: "ok",
    renewal: "ok",
    timer: "ok",
    clock: "ok",
  });
});

Deno.test("the last failed order is told with its words, what helps and when it is tried again", () => {
  const failed = look({}, {
    failures: 2,
    lastAttempt: {
      at: NOW.toISOString(),
      ok: false,
      message: "port 80 is closed.",
      hint: "open it",
    },
    nextAttemptAt: "2026-06-15T12:10:00.000Z",
  });
  const found = certificateChecks(ACME, failed, NOW).find((each) =>
    each.id === "certificate-renewal"
  );
  assert.equal(found?.state, "warn");
  assert.match(found?.detail ?? "", /failed 2 times.*port 80 is closed.*12:10/);
  assert.equal(found?.hint, "open it");
});

Deno.test("a wrong key, another certificate served, nothing that renews, a clock that is off", () => {
  const live = {
    id: undefined,
    certificate: PAIR.certificate,
    key: OTHER.key,
    hsts: "",
    meta: undefined,
  };
  const seen = look({
    live,
    served: { state: "other", fingerprint: "AA" },
    scheduledBy: undefined,
  }, { skewMs: 90 * 86_400_000 });
  assert.deepEqual(states(seen), {
    dates: "ok",
    key: "fail",
    served: "fail",
    renewal: "ok",
    timer: "warn",
    clock: "warn",
  });
});

Deno.test("behind a proxy there is none, and that is well", () => {
  const external = samplePlan({
    answers: { tls: { mode: "external", trusted_proxies: ["10.0.0.5"] } },
  });
  const seen = look({
    live: undefined,
    chain: [],
    served: { state: "off" },
    order: undefined,
    wantsSchedule: false,
  });
  assert.deepEqual(certificateChecks(external, seen, NOW).map((each) => each.state), ["ok"]);
});
