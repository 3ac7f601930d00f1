/**
 * The edge of a running production stack: headers, limits, names, methods, sizes, WebSockets, the access
 * log and the replicas behind it (criteria N1 to N4, T3).
 */
import assert from "node:assert/strict";
import { connect } from "node:tls";
import { Load } from "../../support/load.ts";
import { ask, NAME, type RawAnswer } from "../../support/raw_http.ts";
import { readyAnswer } from "../../support/readiness.ts";
import { SlowClients } from "../../support/slow_clients.ts";
import { holdImages, must, sh, TestStack } from "../../support/stack.ts";
import { eventually } from "../../support/tmux.ts";

/** Exactly once with every answer. */
const ONCE: Readonly<Record<string, RegExp>> = {
  "content-security-policy": /^default-src 'self'; script-src 'self';/,
  "x-content-type-options": /^nosniff$/,
  "x-frame-options": /^SAMEORIGIN$/,
  "referrer-policy": /^same-origin$/,
  "cross-origin-opener-policy": /^same-origin$/,
  "cross-origin-resource-policy": /^same-origin$/,
  "permissions-policy": /^accelerometer=\(\), camera=\(\)/,
  "x-request-id": /^[0-9a-f]{32}$/,
};

/** Never: obsolete, telling, or dangerous with a self-signed certificate. */
const NEVER = ["x-xss-protection", "x-powered-by", "strict-transport-security"];

function assertHeaders({ headers }: RawAnswer, what: string): void {
  for (const [name, value] of Object.entries(ONCE)) {
    const found = headers.get(name) ?? [];
    assert.equal(found.length, 1, `${what}: ${name} ${found.length} times`);
    assert.match(found[0] ?? "", value, `${what}: ${name}`);
  }
  for (const name of NEVER) assert.equal(headers.get(name), undefined, `${what}: ${name}`);
  assert.doesNotMatch(headers.get("server")?.[0] ?? "", /\d/, `${what}: no version`);
}

function count(answers: readonly RawAnswer[], status: number): number {
  return answers.filter((each) => each.status === status).length;
}

/** `100 × 200`, and the first answer that was another, so that a failure says what came instead. */
function told(answers: readonly RawAnswer[], wanted: number): string {
  const numbers = new Map<number, number>();
  for (const { status } of answers) numbers.set(status, (numbers.get(status) ?? 0) + 1);
  const other = answers.find(({ status }) => status !== wanted);
  return [
    ...[...numbers].map(([status, number]) => `${number} × ${status}`),
    ...(other === undefined ? [] : [other.body.slice(0, 300)]),
  ].join(", ");
}

/** All at once; how long it took, in seconds. */
async function burst(
  number: number,
  send: (index: number) => Promise<RawAnswer>,
): Promise<{ answers: RawAnswer[]; seconds: number }> {
  const from = performance.now();
  const answers = await Promise.all(Array.from({ length: number }, (_, index) => send(index)));
  return { answers, seconds: (performance.now() - from) / 1000 };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

Deno.test("the edge of a running stack", async (t) => {
  await using stack = new TestStack("edge");
  await using _held = await holdImages();
  const { http, https } = stack.ports;
  const ran = await stack.init([
    ...["--set", `domain=${NAME}`, "--set", "aliases=", "--set", "resources.preset=medium"],
    ...["--set", "resources.backend.replicas=3", "--set", "resources.backend.workers=1"],
    ...["--set", "nginx.rate_limits.endpoints=/api/v1/requirements 6r/m burst=1"],
  ]);
  assert.equal(ran.code, 0, ran.text);
  const get = (path: string) => ask({ port: https, path });
  const log = async () =>
    (await must(["docker", "logs", `${stack.name}-nginx-1`])).split("\n")
      .filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  const backends = async () =>
    (await must(["docker", "ps", "--quiet", "--filter"].concat([
      `label=com.docker.compose.project=${stack.name}`,
      "--filter",
      "label=com.docker.compose.service=backend",
    ]))).split("\n");

  await t.step("every header exactly once on 200, 301, 404, 413 and 429", async () => {
    const table: [string, number, RawAnswer][] = [
      ["a page", 200, await get("/")],
      ["the API", 200, await get("/api/v1/health")],
      ["health", 200, await readyAnswer(() => get("/health"))],
      [
        "health over HTTP",
        200,
        await readyAnswer(() => ask({ port: http, tls: false, path: "/health" })),
      ],
      ["a page over HTTP", 301, await ask({ port: http, tls: false, path: "/x?y=1" })],
      ["the API over HTTP", 301, await ask({ port: http, tls: false, path: "/api/v1/health" })],
      ["a hidden file", 404, await get("/.env")],
      ["a hidden directory", 404, await get("/.git/config")],
      ["an unknown endpoint", 404, await get("/api/v1/nothing")],
      [
        "a challenge that is none",
        404,
        await ask({
          port: http,
          tls: false,
          path: "/.well-known/acme-challenge/none",
        }),
      ],
      ["TRACE", 405, await ask({ port: https, path: "/", method: "TRACE" })],
      ["another method", 405, await ask({ port: https, path: "/", method: "PROPFIND" })],
    ];
    const large = { "content-length": String(21 * 2 ** 20) };
    for (const [what, path] of [["a page", "/"], ["the API", "/api/v1/auth/me"]] as const) {
      const answer = await ask({ port: https, path, method: "POST", headers: large, body: "x" });
      table.push([`too large for ${what}`, 413, answer]);
    }
    const { answers } = await burst(
      30,
      () => ask({ port: https, path: "/api/v1/auth/login", method: "POST", body: "{}" }),
    );
    const refused = answers.find((each) => each.status === 429);
    assert.ok(refused !== undefined);
    table.push(["too many logins", 429, refused]);
    for (const [what, status, answer] of table) {
      assert.equal(answer.status, status, `${what}: ${answer.body.slice(0, 200)}`);
      assertHeaders(answer, `${what} (${status})`);
    }
    assert.deepEqual(table[4]?.[2].headers.get("location"), [`https://${NAME}:${https}/x?y=1`]);
    assert.deepEqual(refused.headers.get("retry-after"), ["12"]);
    assert.equal(JSON.parse(refused.body).status, 429, "errors of the API are JSON");
    console.log(
      `    headers: ${table.length} answers, ${Object.keys(ONCE).length} each exactly once`,
    );
  });

  await t.step("502 with every header, for pages, API and health, and back again", async () => {
    const ids = await backends();
    assert.equal(ids.length, 3);
    await must(["docker", "kill", ...ids, `${stack.name}-frontend-1`]);
    for (const path of ["/", "/api/v1/health", "/health"]) {
      const answer = await get(path);
      assert.ok([502, 504].includes(answer.status), `${path}: ${answer.status}`);
      assertHeaders(answer, `${path} (${answer.status})`);
    }
    await stack.ok(["start"]);
    await eventually("the API", async () => (await get("/api/v1/health")).status === 200, 60_000);
  });

  await t.step("10 requests a second for the API, counted", async () => {
    await pause(3_000);
    let since = performance.now();
    const { answers, seconds } = await burst(100, () => get("/api/v1/health"));
    const passed = count(answers, 200);
    const most = 1 + 20 + Math.ceil(seconds * 10);
    console.log(
      `    API: 100 at once in ${seconds.toFixed(2)} s, ${passed} served, ${
        count(answers, 429)
      } × 429`,
    );
    assert.equal(passed + count(answers, 429), 100);
    assert.ok(passed >= 21 && passed <= most, `${passed} of at most ${most}`);
    // The bucket is empty: whatever a client claims to be, it gets no other. At some moment of the burst before one
    // was refused; since then there is one more every 100 ms, and a busy machine takes its time for a burst.
    for (const header of ["x-forwarded-for", "x-real-ip", "forwarded", "true-client-ip"]) {
      const began = performance.now();
      const { answers: more } = await burst(
        40,
        (index) =>
          ask({ port: https, path: "/api/v1/health", headers: { [header]: `203.0.113.${index}` } }),
      );
      const most = 1 + Math.ceil((performance.now() - since) / 100);
      const [passed, refused] = [count(more, 200), count(more, 429)];
      assert.equal(passed + refused, 40, `${header}: ${told(more, 429)}`);
      assert.ok(passed <= most, `${header}: ${passed} of at most ${most}`);
      assert.ok(refused > 0, `${header}: none of 40 was refused`);
      since = began;
    }
  });

  await t.step("health and the ACME path are never limited", async () => {
    // Whether they are ready is another matter: a backend of which the machine asks too much says 503.
    await eventually("every backend is ready, and none is limited", async () => {
      const { answers } = await burst(100, () => get("/health"));
      assert.equal(count(answers, 200) + count(answers, 503), 100, told(answers, 200));
      return count(answers, 200) === 100;
    });
    const acme = await burst(
      100,
      () => ask({ port: http, tls: false, path: "/.well-known/acme-challenge/none" }),
    );
    assert.equal(told(acme.answers, 404), "100 × 404");
  });

  await t.step("an endpoint with a limit of its own, and nothing else by it", async () => {
    await pause(3_000);
    const { answers } = await burst(8, () => get("/api/v1/requirements"));
    assert.equal(count(answers, 429), 6, "one and a burst of one pass");
    assert.equal(
      answers.find((each) => each.status === 429)?.headers.get("retry-after")?.[0],
      "10",
    );
    assert.equal((await get("/api/v1/health")).status, 200);
  });

  await t.step("5 logins a minute, counted", async () => {
    // The bucket was emptied by the first step; 12 s bring one more.
    await pause(1_000);
    const send = () => ask({ port: https, path: "/api/v1/auth/login", method: "POST", body: "{}" });
    const { answers } = await burst(10, send);
    console.log(
      `    login: 10 at once, ${10 - count(answers, 429)} served, ${count(answers, 429)} × 429`,
    );
    assert.ok(count(answers, 429) >= 6, `${count(answers, 429)} refused`);
  });

  await t.step("every replica serves, and the log says which", async () => {
    await pause(4_000);
    const before = (await log()).length;
    for (let round = 0; round < 6; round++) await burst(5, () => get("/api/v1/health"));
    const lines = (await log()).slice(before).filter((line) =>
      line.uri === "/api/v1/health" && line.status === 200
    );
    const served = new Map<string, number>();
    for (const line of lines) {
      served.set(line.upstream_addr, (served.get(line.upstream_addr) ?? 0) + 1);
      for (const key of ["time", "request_id", "remote_addr", "method", "status", "request_time"]) {
        assert.ok(line[key] !== undefined && line[key] !== "", key);
      }
      assert.ok(Number(line.upstream_response_time) >= 0);
    }
    console.log(`    replicas: ${[...served.values()].join(" + ")} of ${lines.length} requests`);
    assert.equal(served.size, 3, [...served].join(" "));
  });

  await t.step("unknown names are refused: as SNI, without one, and as Host", async () => {
    for (const options of [["-servername", "evil.example.com"], ["-noservername"]]) {
      const said = await sh(["openssl", "s_client", "-connect", `127.0.0.1:${https}`, ...options], {
        stdin: "",
      });
      assert.match(said.text, /unrecognized name|handshake failure/, options.join(" "));
      assert.doesNotMatch(said.text, /BEGIN CERTIFICATE/);
    }
    const answer = await ask({ port: https, path: "/", headers: { host: "evil.example.com" } });
    assert.equal(answer.status, 421);
    const plain = await ask({ port: http, tls: false, path: "/", name: "evil.example.com" });
    assert.equal(plain.status, 421, "no redirect to a foreign name");
  });

  await t.step("TLS 1.2 and 1.3 and nothing older", async () => {
    const with_ = (version: string) =>
      sh([
        ...["openssl", "s_client", "-connect", `127.0.0.1:${https}`, "-servername", NAME],
        ...[version, "-cipher", "ALL:@SECLEVEL=0"],
      ], { stdin: "" });
    for (const version of ["-tls1_2", "-tls1_3"]) {
      assert.match((await with_(version)).text, /BEGIN CERTIFICATE/, version);
    }
    for (const version of ["-tls1", "-tls1_1"]) {
      assert.doesNotMatch((await with_(version)).text, /BEGIN CERTIFICATE/, version);
    }
  });

  await t.step("a WebSocket passes, another upgrade does not", async () => {
    const upgrade = (protocol: string, path: string) =>
      new Promise<string>((resolve, reject) => {
        const socket = connect({
          host: "127.0.0.1",
          port: https,
          servername: NAME,
          rejectUnauthorized: false,
        }, () => {
          socket.write(
            `GET ${path} HTTP/1.1\r\nHost: ${NAME}\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n` +
              "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
          );
        });
        socket.once("data", (data: Uint8Array) => {
          socket.destroy();
          resolve(new TextDecoder().decode(data));
        });
        socket.once("error", reject);
      });
    await pause(2_000);
    assert.match(await upgrade("websocket", "/ws/echo"), /^HTTP\/1\.1 101 /);
    assert.doesNotMatch(await upgrade("h2c", "/api/v1/health"), /^HTTP\/1\.1 101 /);
    assert.doesNotMatch(await upgrade("h2c", "/ws/echo"), /^HTTP\/1\.1 101 /);
  });

  await t.step("pages are fresh, what they load is kept and compressed", async () => {
    const page = await get("/");
    assert.match(page.headers.get("cache-control")?.[0] ?? "", /no-cache/);
    const asset = page.body.match(/(?:src|href)="(\/?assets\/[^"]+\.js)"/)?.[1] ?? assert.fail();
    const script = await ask({
      port: https,
      path: asset.startsWith("/") ? asset : `/${asset}`,
      headers: { "accept-encoding": "gzip" },
    });
    assert.match(script.headers.get("cache-control")?.[0] ?? "", /max-age=31536000, immutable/);
    assert.equal(script.headers.get("content-encoding")?.[0], "gzip");
    assertHeaders(script, "an asset");
  });

  await t.step("200 slow connections: a healthy client does not notice", async () => {
    const measure = async (slow?: SlowClients) => {
      // The page comes from the frontend: health would be answered from a cache.
      const load = await Load.start(https, {
        newConnections: 2,
        keptOpen: 2,
        pauseMs: 10,
        path: "/",
      });
      await load.settle(2_000);
      // In the middle: nginx gives each of them 10 s from when it came, and some came long before the end.
      const open = slow?.open() ?? 0;
      await load.settle(2_000);
      return { ...await load.stop(), open };
    };
    const calm = await measure();
    await using slow = await SlowClients.start(https, 200);
    const busy = await measure(slow);
    const p99 = (times: readonly number[]) => times[Math.floor(times.length * 0.99)] ?? 0;
    const ratio = p99(busy.times) / p99(calm.times);
    console.log(
      `    p99 of ${busy.sent} requests: ${p99(calm.times).toFixed(1)} ms alone, ` +
        `${p99(busy.times).toFixed(1)} ms beside 200 slow connections, ratio ${ratio.toFixed(2)}`,
    );
    assert.equal(calm.failed + busy.failed, 0, [...calm.errors, ...busy.errors].join(" "));
    assert.ok(busy.open >= 150, `${busy.open} were open meanwhile`);
    await slow.untilClosed(30_000);
    assert.equal(slow.open(), 0, "nginx ended them");
  });
});
