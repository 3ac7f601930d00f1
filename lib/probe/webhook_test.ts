/** A test alert is posted as JSON, and nothing of the address but its host is ever shown. */
import assert from "node:assert/strict";
import { json, serveWeb } from "../../tests/support/loopback_web.ts";
import { theHost } from "../host/real.ts";
import { testWebhook } from "./webhook.ts";

const host = theHost();

async function answering(answer: Response): Promise<Awaited<ReturnType<typeof testWebhook>>> {
  await using server = serveWeb(() => answer);
  const result = await testWebhook(host, `${server.base}/hooks/canary?token=canary`);
  assert.doesNotMatch(JSON.stringify(result), /canary/);
  return result;
}

Deno.test("the alert arrives", async () => {
  const bodies: unknown[] = [];
  await using server = serveWeb(async (request) => {
    assert.equal(request.method, "POST");
    assert.equal(request.headers.get("content-type"), "application/json");
    bodies.push(await request.json());
    return new Response("ok");
  });
  const result = await testWebhook(host, `${server.base}/hooks/1`);
  assert.equal(result.ok, true, result.detail);
  const [body] = bodies as { text: string; kind: string; time: string }[];
  assert.match(body?.text ?? "", /test alert of rxdx-setup/);
  assert.equal(body?.kind, "test");
  assert.ok(Math.abs(Date.parse(body?.time ?? "") - Date.now()) < 60_000);
});

Deno.test("refusals, each with what to do", async () => {
  assert.match((await answering(new Response(null, { status: 404 }))).hint ?? "", /path of alerts/);
  assert.match((await answering(new Response(null, { status: 403 }))).hint ?? "", /token/);
  const moved = new Response(null, { status: 302, headers: { location: "/elsewhere/canary" } });
  assert.match((await answering(moved)).hint ?? "", /final address/);
  const said = await answering(json({ message: "no text" }, { status: 400 }));
  assert.match(said.detail, /HTTP 400: no text\.$/);
});

Deno.test("nothing set, nobody there", async () => {
  assert.equal((await testWebhook(host, "")).ok, false);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const result = await testWebhook(host, `http://127.0.0.1:${port}/canary`);
  assert.match(result.detail, /nothing listens there/);
  assert.doesNotMatch(JSON.stringify(result), /canary/);
});
