/** A model service of every kind, on loopback; reached as the application's containers name it. */
import assert from "node:assert/strict";
import { json, serveWeb } from "../../tests/support/loopback_web.ts";
import { theHost } from "../host/real.ts";
import { testModel } from "./model.ts";

const host = theHost();

interface Service {
  readonly models?: readonly string[];
  readonly complete?: (request: Request) => Response | Promise<Response>;
}

/** Below `/v1`, as such services have it; everything else is a 404 page. */
function service({ models = ["qwen2.5-7b-instruct", "mistral-small"], complete }: Service = {}) {
  return serveWeb(async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/v1/models") {
      return json({ object: "list", data: models.map((id) => ({ id })) });
    }
    if (pathname === "/v1/chat/completions") {
      if (complete !== undefined) return await complete(request);
      const { model, max_tokens: limit } = await request.json();
      assert.ok(limit <= 16);
      return json({ model, choices: [{ message: { role: "assistant", content: "OK" } }] });
    }
    return new Response("<html>not here</html>", { status: 404 });
  });
}

const inside = (port: number, path = "/v1") => `http://host.docker.internal:${port}${path}`;
const everywhere = (port: number) => [{ port, address: "0.0.0.0" }];

Deno.test("a model that answers, with how long it took", async () => {
  await using server = service();
  const result = await testModel(host, {
    url: inside(server.port),
    model: "mistral-small",
    listeners: everywhere(server.port),
  });
  assert.equal(result.ok, true, result.detail);
  assert.match(result.detail, /\(this machine\) answered with mistral-small in \d+\.\d s\.$/);
  assert.ok((result.seconds ?? -1) >= 0);
  assert.deepEqual(result.models, ["qwen2.5-7b-instruct", "mistral-small"]);
  assert.deepEqual(server.asked, ["GET /v1/models", "POST /v1/chat/completions"]);
});

Deno.test("a service on loopback alone answers here and never a container", async () => {
  await using server = service();
  const { port } = server;
  const listeners = [{ port, address: "127.0.0.1" }, { port: 1, address: "0.0.0.0" }];
  const result = await testModel(host, { url: inside(port), model: "mistral-small", listeners });
  assert.equal(result.ok, false);
  assert.match(result.detail, /but it listens on 127\.0\.0\.1:\d+ alone/);
  assert.match(result.hint ?? "", /0\.0\.0\.0/);
});

Deno.test("localhost is the container itself", async () => {
  const result = await testModel(host, { url: "http://localhost:1234/v1/", model: "x" });
  assert.equal(result.ok, false);
  assert.equal(
    result.hint,
    "rxdx-setup config set llm.url=http://host.docker.internal:1234/v1",
  );
});

Deno.test("a model that is not there: the nearest, and the list", async () => {
  await using server = service();
  const result = await testModel(host, { url: inside(server.port), model: "mistral-smal" });
  assert.match(result.detail, /has no model mistral-smal\.$/);
  assert.equal(
    result.hint,
    "Did you mean mistral-small? It has: qwen2.5-7b-instruct, mistral-small",
  );
  const far = await testModel(host, { url: inside(server.port), model: "gpt-9000-ultra-max" });
  assert.match(far.hint ?? "", /^It has: /);
  const none = await testModel(host, { url: inside(server.port), model: "" });
  assert.match(none.detail, /no model is chosen/);
  assert.equal(server.asked.filter((each) => each.startsWith("POST")).length, 0);
});

Deno.test("what is no such service, or is one level deeper", async () => {
  await using server = service();
  const deeper = await testModel(host, { url: inside(server.port, "/"), model: "mistral-small" });
  assert.match(deeper.detail, /not as an OpenAI-compatible service/);
  assert.match(deeper.hint ?? "", new RegExp(`llm\\.url=${inside(server.port)}$`));
  await using page = serveWeb(() => new Response("<html></html>"));
  const other = await testModel(host, { url: inside(page.port), model: "x" });
  assert.match(other.detail, /HTTP 200.*not as an OpenAI-compatible/);
});

Deno.test("a service that wants a key", async () => {
  await using server = serveWeb(() => json({ error: { message: "key" } }, { status: 401 }));
  const result = await testModel(host, { url: inside(server.port), model: "x" });
  assert.match(result.detail, /wants a key/);
});

Deno.test("a model that cannot be loaded: the service's own words, harmless ones", async () => {
  const message = "out of memory\n\u001b[31mred";
  await using server = service({
    complete: () => json({ error: { message } }, { status: 500 }),
  });
  const result = await testModel(host, { url: inside(server.port), model: "mistral-small" });
  assert.match(result.detail, /HTTP 500: out of memory \[31mred\)\.$/);
});

Deno.test("nobody there", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const result = await testModel(host, { url: inside(port), model: "x" });
  assert.match(result.detail, /nothing listens there/);
  assert.match(result.hint ?? "", /llm\.url/);
  const unnamed = await testModel(host, { url: "http://no-such-name.invalid/v1", model: "x" });
  assert.match(unnamed.detail, /does not resolve/);
  assert.equal((await testModel(host, { url: "", model: "" })).ok, false);
});
