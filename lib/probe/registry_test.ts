/** Registries with every kind of login, on loopback, and what is none. */
import assert from "node:assert/strict";
import { FakeHost } from "../../tests/support/fake_host.ts";
import { json, serveWeb } from "../../tests/support/loopback_web.ts";
import { theHost } from "../host/real.ts";
import { Secret } from "../plan/secret.ts";
import { registryHost, testRegistry } from "./registry.ts";

const host = theHost();
const PASSWORD = "pä:ss wörd";
const DISTRIBUTION = { "docker-distribution-api-version": "registry/2.0" };
const BASIC = `Basic ${
  btoa(String.fromCharCode(...new TextEncoder().encode(`deploy:${PASSWORD}`)))
}`;

const probe = (port: number, username = "", password = "") =>
  testRegistry(host, {
    registry: `127.0.0.1:${port}/team`,
    username,
    password: new Secret(password),
  });

Deno.test("a registry's host, by Docker's own rule", () => {
  const cases = {
    "registry.example.com/rxdx": ["registry.example.com", "rxdx"],
    "registry.example.com:5000/a/b": ["registry.example.com:5000", "a/b"],
    "localhost/x": ["localhost", "x"],
    "localhost:5000": ["localhost:5000", ""],
    "team": ["registry-1.docker.io", "team"],
    "docker.io/team": ["registry-1.docker.io", "team"],
  };
  for (const [registry, [name, path]] of Object.entries(cases)) {
    assert.deepEqual(registryHost(registry), { host: name, path });
  }
});

Deno.test("an open registry", async () => {
  await using server = serveWeb(() => json({}, { headers: DISTRIBUTION }));
  assert.deepEqual(await probe(server.port), {
    ok: true,
    detail: `127.0.0.1:${server.port} is an image registry.`,
  });
  assert.match((await probe(server.port, "deploy", "x")).detail, /asks for no login/);
});

Deno.test("basic login: needed, wrong, right", async () => {
  await using server = serveWeb((request) =>
    request.headers.get("authorization") === BASIC
      ? json({}, { headers: DISTRIBUTION })
      : json({}, { status: 401, headers: { "www-authenticate": 'Basic realm="r"' } })
  );
  const needed = await probe(server.port);
  assert.match(needed.detail, /wants a login/);
  assert.match(needed.hint ?? "", /images\.username/);
  const wrong = await probe(server.port, "deploy", "not it");
  assert.match(wrong.detail, /refuses the login of deploy/);
  assert.doesNotMatch(JSON.stringify(wrong), /not it/);
  assert.match(
    (await probe(server.port, "deploy", PASSWORD)).detail,
    /accepts the login of deploy/,
  );
});

Deno.test("login by token, as the distribution specification has it", async () => {
  await using server = serveWeb((request) => {
    const { pathname, searchParams, origin } = new URL(request.url);
    if (pathname === "/token") {
      assert.equal(searchParams.get("service"), "the registry");
      assert.equal(searchParams.get("scope"), "repository:team/backend:pull");
      return request.headers.get("authorization") === BASIC
        ? json({ token: "t1" })
        : json({}, { status: 401 });
    }
    return request.headers.get("authorization") === "Bearer t1"
      ? json({}, { headers: DISTRIBUTION })
      : json({}, {
        status: 401,
        headers: { "www-authenticate": `Bearer realm="${origin}/token",service="the registry"` },
      });
  });
  assert.match((await probe(server.port)).detail, /wants a login/);
  assert.match((await probe(server.port, "deploy", "no")).detail, /refuses the login/);
  assert.equal((await probe(server.port, "deploy", PASSWORD)).ok, true);
});

Deno.test("the login does not travel in clear because a registry says so", async () => {
  const fake = new FakeHost();
  fake.net.web("https://registry.example.com/v2/", {
    status: 401,
    headers: { "www-authenticate": 'Bearer realm="http://tokens.example.com/",service="s"' },
  });
  const result = await testRegistry(fake, {
    registry: "registry.example.com/rxdx",
    username: "deploy",
    password: new Secret(PASSWORD),
  });
  assert.match(result.detail, /it was not sent/);
  assert.equal(fake.net.fetched.length, 1);
});

Deno.test("a page is no registry, and silence is none either", async () => {
  await using server = serveWeb(() => new Response("<html>hello</html>"));
  assert.match((await probe(server.port)).detail, /not as an image registry/);
  const fake = new FakeHost();
  fake.net.web("https://registry.example.com/v2/", "certificate_untrusted");
  const untrusted = await testRegistry(fake, {
    registry: "registry.example.com",
    username: "",
    password: new Secret(""),
  });
  assert.match(untrusted.hint ?? "", /\/etc\/docker\/certs\.d\/registry\.example\.com\/ca\.crt/);
});

Deno.test("plain HTTP is tried on this machine alone", async () => {
  const fake = new FakeHost();
  fake.net.web("https://registry.example.com:5000/v2/", "tls_failed");
  const result = await testRegistry(fake, {
    registry: "registry.example.com:5000",
    username: "",
    password: new Secret(""),
  });
  assert.equal(result.ok, false);
  assert.deepEqual(fake.net.fetched.map((each) => each.url), [
    "https://registry.example.com:5000/v2/",
  ]);
});
