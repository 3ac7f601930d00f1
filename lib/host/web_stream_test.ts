/** Answers of any size against real servers on loopback. */
import assert from "node:assert/strict";
import { LoopbackCertificate } from "../../tests/support/loopback_mail.ts";
import { serveWeb as serve } from "../../tests/support/loopback_web.ts";
import type { SetupError } from "../errors.ts";
import { netHost } from "./net.ts";
import { webOpen } from "./web_stream.ts";

async function read(url: string, stallMs?: number, signal?: AbortSignal): Promise<number> {
  const answer = await netHost.open({
    url,
    stallMs: stallMs ?? 5_000,
    ...(signal === undefined ? {} : { signal }),
  });
  let bytes = 0;
  for await (const chunk of answer.body) bytes += chunk.length;
  return bytes;
}

async function codeOf(answer: Promise<unknown>): Promise<string> {
  return await answer.then(() => "none", (error: SetupError) => error.code);
}

/** Begins an answer and then is silent. */
function silent(): Response {
  const body = new ReadableStream({ start: (it) => it.enqueue(new Uint8Array(10)) });
  return new Response(body);
}

Deno.test("larger than what a probe may read, in clear and over TLS", async () => {
  using certificate = await LoopbackCertificate.make();
  const large = () => new Response(new Uint8Array(3 * 2 ** 20));
  await using clear = serve(large);
  const { certificate: cert, key } = certificate;
  await using secure = serve(large, { cert, key });
  assert.equal(await read(`http://127.0.0.1:${clear.port}/`), 3 * 2 ** 20);
  const url = `https://localhost:${secure.port}/`;
  assert.equal(await codeOf(read(url)), "certificate_untrusted");
  await certificate.trusted(async () => assert.equal(await read(url), 3 * 2 ** 20));
});

Deno.test("what goes silent in the middle is given up, by either way; Ctrl-C ends it at once", async () => {
  using certificate = await LoopbackCertificate.make();
  const { certificate: cert, key } = certificate;
  await using clear = serve(silent);
  await using secure = serve(silent, { cert, key });
  await certificate.trusted(async () => {
    for (const url of [`http://127.0.0.1:${clear.port}/`, `https://localhost:${secure.port}/`]) {
      assert.equal(await codeOf(read(url, 200)), "connection_timed_out", url);
      const abort = new AbortController();
      const reading = read(url, 60_000, abort.signal);
      const reason = new Error("stopped");
      setTimeout(() => abort.abort(reason), 100);
      await assert.rejects(reading, reason);
    }
  });
});

Deno.test("a redirect is an answer, and one that is not read leaves nothing open", async () => {
  await using server = serve(() => Response.redirect("http://127.0.0.1:9/", 302));
  const answer = await netHost.open({ url: server.base, stallMs: 1_000 });
  assert.deepEqual([answer.status, answer.headers["location"]], [302, "http://127.0.0.1:9/"]);
  answer.close();
  assert.equal(
    await codeOf(netHost.open({ url: "http://127.0.0.1:9/", stallMs: 1_000 })),
    "connection_refused",
  );
});

Deno.test("one that does not hear that it shall stop is not waited for", async () => {
  let released = 0;
  const never = new Promise<never>(() => undefined);
  const answer = (body: AsyncIterable<Uint8Array>) => ({
    status: 200,
    headers: {},
    body,
    text: () => Promise.resolve(""),
    close: () => void released++,
  });
  async function* deaf(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(3);
    await never;
  }
  const wanted = { url: "http://127.0.0.1:1/", stallMs: 50 };
  const silentBody = webOpen(() => Promise.resolve(answer(deaf())));
  const reading = silentBody(wanted).then(async ({ body }) => await Array.fromAsync(body));
  assert.equal(await codeOf(reading), "connection_timed_out");
  assert.equal(released, 1);
  assert.equal(await codeOf(webOpen(() => never)(wanted)), "connection_timed_out");
  // An answer that comes after all is closed.
  const late = Promise.withResolvers<ReturnType<typeof answer>>();
  assert.equal(await codeOf(webOpen(() => late.promise)(wanted)), "connection_timed_out");
  late.resolve(answer(deaf()));
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(released, 2);
});
