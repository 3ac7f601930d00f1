/** Time without an answer is from the last one before to the first one after. */
import assert from "node:assert/strict";
import { type FakeHost, withFakeHost } from "../../tests/support/fake_host.ts";
import { DowntimeMeter } from "./downtime_meter.ts";

/** Runs the meter until so many milliseconds have passed on the host's clock. */
async function measure(host: FakeHost, until: number): Promise<number> {
  const meter = new DowntimeMeter(host, 8080);
  while (host.clock.monotonic() < until) await new Promise((resolve) => setTimeout(resolve, 0));
  const seconds = await meter.end();
  assert.equal(await meter.end(), seconds, "it has ended");
  return seconds;
}

Deno.test("refused and not ready are both no answer; two gaps are added up", () =>
  withFakeHost({}, async (host) => {
    host.net.allow("GET", "/health", () => {
      const now = host.clock.monotonic();
      if (now >= 1_000 && now < 3_000) return "refused";
      if (now >= 5_000 && now < 6_000) return { status: 503, body: "no" };
      return { body: "ok" };
    });
    const seconds = await measure(host, 8_000);
    assert.ok(seconds >= 3 && seconds <= 3.4, `${seconds}`);
  }));

Deno.test("always an answer is nothing; none to the end counts to the end", async () => {
  await withFakeHost({}, async (host) => {
    host.net.allow("GET", "/health", { body: "ok" });
    assert.equal(await measure(host, 2_000), 0);
  });
  await withFakeHost({}, async (host) => {
    host.net.allow("GET", "/health", "refused");
    const seconds = await measure(host, 2_000);
    assert.ok(seconds >= 2 && seconds < 2.5, `${seconds}`);
  });
});
