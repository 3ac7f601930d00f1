/** Renewal information (RFC 9773): the name of a certificate in it, and windows that make no sense. */
import assert from "node:assert/strict";
import { readRenewalInfo, renewalId } from "./renewal_info.ts";

/** The certificate of RFC 9773, appendix A. */
const RFC_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBQzCB66ADAgECAgUAh2VDITAKBggqhkjOPQQDAjAVMRMwEQYDVQQDEwpFeGFt
cGxlIENBMCIYDzAwMDEwMTAxMDAwMDAwWhgPMDAwMTAxMDEwMDAwMDBaMBYxFDAS
BgNVBAMTC2V4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEeBZu
7cbpAYNXZLbbh8rNIzuOoqOOtmxA1v7cRm//AwyMwWxyHz4zfwmBhcSrf47NUAFf
qzLQ2PPQxdTXREYEnKMjMCEwHwYDVR0jBBgwFoAUaYhba4dGQEHhs3uEe6CuLN4B
yNQwCgYIKoZIzj0EAwIDRwAwRAIge09+S5TZAlw5tgtiVvuERV6cT4mfutXIlwTb
+FYN/8oCIClDsqBklhB9KAelFiYt9+6FDj3z4KGVelYM5MdsO3pK
-----END CERTIFICATE-----
`;

Deno.test("the name of the RFC's own example", async () => {
  assert.equal(await renewalId(RFC_CERTIFICATE), "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE");
});

Deno.test("a window is read; one that ends before it begins, or is none, is not followed", () => {
  const window = (start: unknown, end: unknown, explanationURL?: unknown) =>
    readRenewalInfo({ suggestedWindow: { start, end }, explanationURL });
  const good = window("2026-01-02T04:00:00Z", "2026-01-03T04:00:00Z", "https://ca.example/why");
  assert.equal(good?.start.toISOString(), "2026-01-02T04:00:00.000Z");
  assert.equal(good?.explanation, "https://ca.example/why");
  assert.equal(window("2026-01-03T04:00:00Z", "2026-01-02T04:00:00Z"), undefined);
  assert.equal(window("soon", "later"), undefined);
  assert.equal(
    window("2026-01-02T04:00:00Z", "2026-01-03T04:00:00Z", "javascript:alert(1)")?.explanation,
    undefined,
  );
  for (const value of [undefined, null, {}, { suggestedWindow: 7 }, "x"]) {
    assert.equal(readRenewalInfo(value), undefined);
  }
});
