/** HTTP to absolute addresses against real servers on loopback. */
import assert from "node:assert/strict";
import { LoopbackCertificate } from "../../tests/support/loopback_mail.ts";
import { serveWeb as serve } from "../../tests/support/loopback_web.ts";
import type { SetupError } from "../errors.ts";
import { netHost } from "./net.ts";
import type { WebRequest } from "./types.ts";
import { isLoopback, webFetch } from "./web.ts";

const ask = (url: string, more: Partial<WebRequest> = {}) =>
  netHost.fetch({ url, timeoutMs: 5_000, ...more });

async function codeOf(answer: Promise<unknown>): Promise<string> {
  return await answer.then(() => "none", (error: SetupError) => error.code);
}

Deno.test("a request arrives as it was meant, and the answer comes back whole", async () => {
  await using server = serve(async (request) =>
    new Response(
      JSON.stringify([
        request.method,
        new URL(request.url).pathname + new URL(request.url).search,
        request.headers.get("host"),
        request.headers.get("x-test"),
        await request.text(),
      ]),
      { status: 201, headers: { "x-answer": "yes" } },
    )
  );
  const answer = await ask(`http://127.0.0.1:${server.port}/a/b?c=d`, {
    method: "POST",
    headers: { "x-test": "1" },
    body: "wörd",
  });
  assert.equal(answer.status, 201);
  assert.equal(answer.headers["x-answer"], "yes");
  assert.deepEqual(JSON.parse(answer.text), [
    "POST",
    "/a/b?c=d",
    `127.0.0.1:${server.port}`,
    "1",
    "wörd",
  ]);
});

Deno.test("HTTPS: trusted by the environment's file, refused without", async () => {
  using certificate = await LoopbackCertificate.make();
  const { certificate: cert, key } = certificate;
  await using server = serve(() => new Response("hello"), { cert, key });
  const url = `https://localhost:${server.port}/`;
  assert.equal(await codeOf(ask(url)), "certificate_untrusted");
  await certificate.trusted(async () => assert.equal((await ask(url)).text, "hello"));
});

Deno.test("redirects are answers, by either way", async () => {
  using certificate = await LoopbackCertificate.make();
  const { certificate: cert, key } = certificate;
  const elsewhere = () => Response.redirect("http://127.0.0.1:9/", 302);
  await using clear = serve(elsewhere);
  await using secure = serve(elsewhere, { cert, key });
  assert.equal((await ask(`${clear.base}/`)).status, 302);
  await certificate.trusted(async () => assert.equal((await ask(`${secure.base}/`)).status, 302));
});

Deno.test("an answer without end is cut", async () => {
  await using server = serve(() =>
    new Response(
      new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(97)),
      }),
    )
  );
  const { text } = await ask(`http://127.0.0.1:${server.port}/`);
  assert.ok(text.length >= 2 ** 20 && text.length < 2 ** 21, String(text.length));
});

Deno.test("each failure has its own code", async () => {
  await using server = serve(() => new Promise<Response>(() => undefined));
  const at = `127.0.0.1:${server.port}`;
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  assert.equal(await codeOf(ask(`http://127.0.0.1:${port}/`)), "connection_refused");
  assert.equal(await codeOf(ask(`https://127.0.0.1:${port}/`)), "connection_refused");
  // A resolver may ask several servers before it says so.
  const nameless = ask("https://no-such-name.invalid/", { timeoutMs: 30_000 });
  assert.equal(await codeOf(nameless), "name_not_found");
  assert.equal(await codeOf(ask(`https://${at}/`)), "tls_failed");
  assert.equal(await codeOf(ask(`http://${at}/`, { timeoutMs: 200 })), "connection_timed_out");
});

Deno.test("what is secret in an address is in no message", async () => {
  const error = await ask("https://no-such-name.invalid/hooks/canary?token=canary")
    .then(() => undefined, (error: SetupError) => error);
  assert.match(error?.message ?? "", /no-such-name\.invalid/);
  assert.doesNotMatch(error?.message ?? "", /canary/);
});

Deno.test("cancelling is not a failure of the network", async () => {
  await using server = serve(() => new Promise<Response>(() => undefined));
  const signal = AbortSignal.timeout(50);
  const error = await ask(`http://127.0.0.1:${server.port}/`, { signal })
    .then(() => undefined, (error: unknown) => error);
  assert.equal(error, signal.reason);
});

Deno.test("what is loopback", () => {
  for (const name of ["localhost", "127.0.0.1", "127.8.9.1", "[::1]"]) assert.ok(isLoopback(name));
  for (const name of ["127.example.com", "10.0.0.1", "localhost.example.com"]) {
    assert.ok(!isLoopback(name), name);
  }
});

Deno.test("one that does not hear that its time is over is not waited for", async () => {
  const asked = webFetch(() => new Promise(() => undefined));
  const request = { url: "http://127.0.0.1:1/", timeoutMs: 50 };
  assert.equal(await codeOf(asked(request)), "connection_timed_out");
});
