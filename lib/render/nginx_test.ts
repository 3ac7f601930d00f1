/** The model that the nginx templates get, and what must and must not stand in their output. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { samplePlan } from "../../tests/support/samples.ts";
import type { Tree } from "../answers/tree.ts";
import { nginxFiles, nginxModel } from "./nginx.ts";

function files(answers: Tree = {}) {
  const [development, production] = nginxFiles(samplePlan({ answers }));
  assert.ok(development !== undefined && production !== undefined);
  return { development: development.text, production: production.text };
}

/** Without comments: what nginx reads. */
function live(text: string): string {
  return text.replace(/^\s*#.*$/gm, "");
}

const EXTERNAL = { tls: { mode: "external", trusted_proxies: ["10.0.0.5", "fd00::/8"] } };
const COMBINATIONS: Readonly<Record<string, Tree>> = {
  "self-signed": {},
  "self-signed for an address": { domain: "192.0.2.1" },
  "self-signed, another port": { ports: { https: 8443 }, aliases: ["www.rxdx.example.com"] },
  "external": EXTERNAL,
  "none": { environment: "development", tls: { mode: "none" }, domain: "localhost" },
  "rates and sizes": {
    nginx: { rate_limits: { api: "100r/s", auth: "30r/m" }, max_body: "120m" },
  },
  "registry images": { images: { source: "registry", registry: "r.example.com/x", tag: "1" } },
};

for (const [title, answers] of Object.entries(COMBINATIONS)) {
  const { development, production } = files(answers);
  for (const [which, text] of Object.entries({ development, production })) {
    Deno.test(`nginx ${which}, ${title}: whole, and as the criteria ask`, () => {
      assert.doesNotMatch(text, /undefined|<%|%>|\[object/, "the template is filled in");
      const code = live(text);
      const opens = code.match(/\{(?!\d)/g)?.length ?? 0;
      assert.ok(opens > 20);
      // N4, T2, N1 of the criteria.
      assert.match(code, /server_tokens off;/);
      assert.doesNotMatch(code, /ssl_stapling|ssl_dhparam/);
      // Whether it is sent, and with what, lies beside the certificate; none without one.
      const value = /map \$scheme \$hsts \{\n\s+default "";\n\s+(.*)\n\s+\}/.exec(code)?.[1];
      const ours = /listen 443 ssl/.test(code);
      assert.equal(value, ours ? "include /etc/nginx/rxdx/ssl/live/hsts.ma[p];" : undefined);
      assert.equal(/add_header Strict-Transport-Security/.test(code), ours);
      assert.match(code, /limit_req_status 429;/);
      // `location` with an add_header of its own would silence all others there.
      const httpLevel = code.split(/\n {4}server \{/)[0] ?? "";
      assert.equal(
        code.match(/add_header /g)?.length,
        httpLevel.match(/add_header /g)?.length,
        "every add_header stands at the level of http",
      );
      for (
        const header of [
          "X-Content-Type-Options",
          "X-Frame-Options",
          "Referrer-Policy",
          "Content-Security-Policy",
          "Cross-Origin-Opener-Policy",
          "Cross-Origin-Resource-Policy",
          "Permissions-Policy",
        ]
      ) {
        assert.equal(
          code.match(new RegExp(`add_header ${header} .* always;`, "g"))?.length,
          1,
          header,
        );
      }
      assert.doesNotMatch(code, /'unsafe-eval'|script-src[^;]*'unsafe-inline'/);
      assert.match(code, /server backend:8000 resolve/);
      assert.match(code, /resolver 127\.0\.0\.11 valid=5s/);
    });
  }
}

Deno.test("what is configured stands where nginx reads it", () => {
  const { production } = files({
    domain: "rxdx.example.com",
    aliases: ["www.example.com", "::1"],
    ports: { https: 8443 },
    nginx: { rate_limits: { api: "33r/s", auth: "7r/m" }, max_body: "55m" },
  });
  assert.match(production, /server_name rxdx\.example\.com www\.example\.com \[::1\];/);
  assert.match(production, /zone=api:10m rate=33r\/s;/);
  assert.match(production, /zone=auth:10m rate=7r\/m;/);
  assert.match(production, /client_max_body_size 55m;/);
  assert.match(production, /return 301 https:\/\/\$host:8443\$request_uri;/);
  assert.doesNotMatch(files({ domain: "x.org" }).production, /\$host:443/);
});

Deno.test("TLS is Mozilla's intermediate, for every server that terminates it", () => {
  const { production } = files();
  assert.match(production, /ssl_protocols TLSv1\.2 TLSv1\.3;/);
  assert.match(production, /ssl_prefer_server_ciphers off;/);
  assert.match(production, /ssl_session_timeout 1d;/);
  assert.match(production, /ssl_reject_handshake on;/);
  const ciphers = /ssl_ciphers ([^;]+);/.exec(production)?.[1]?.split(":") ?? [];
  assert.equal(ciphers.length, 6);
  for (const cipher of ciphers) assert.match(cipher, /^ECDHE-(ECDSA|RSA)-(AES|CHACHA20)/);
});

Deno.test("the hybrid group is asked for only where OpenSSL knows to skip it", () => {
  assert.match(files({ images: { source: "demo" } }).production, /\?X25519MLKEM768/);
  const registry = files({ images: { source: "registry", registry: "r.org/x", tag: "1" } });
  assert.doesNotMatch(registry.production, /MLKEM/);
  assert.match(registry.production, /ssl_ecdh_curve X25519:prime256v1:secp384r1;/);
});

Deno.test("clients are believed about their address only behind a declared proxy", () => {
  assert.doesNotMatch(live(files().production), /set_real_ip_from|real_ip_header/);
  const { production } = files(EXTERNAL);
  assert.match(production, /set_real_ip_from 10\.0\.0\.5;/);
  assert.match(production, /set_real_ip_from fd00::\/8;/);
  assert.match(production, /real_ip_header X-Forwarded-For;/);
});

Deno.test("a redirect to the proxy in front names no port: ours is behind it", () => {
  const { production } = files({ ...EXTERNAL, ports: { http: 8080, https: 8443 } });
  const redirects = live(production).match(/return 301 .*;/g);
  assert.deepEqual(redirects, ["return 301 https://$host$request_uri;"]);
});

Deno.test("without TLS the production file still shows what it would be, with TLS", () => {
  const { development, production } = files({ environment: "development", tls: { mode: "none" } });
  assert.doesNotMatch(live(development), /listen 443/);
  assert.match(live(production), /listen 443 ssl/);
});

Deno.test("development speaks to Vite, production to the built pages", () => {
  const { development, production } = files();
  assert.match(development, /server frontend:3000 resolve/);
  assert.match(production, /server frontend:80 resolve/);
});

Deno.test("the model says what the plan says", () => {
  const model = nginxModel(samplePlan({ answers: { domain: "localhost", ...EXTERNAL } }));
  assert.equal(model.tls, "external");
  assert.equal(model.acceptNoSni, true);
  assert.deepEqual(model.trustedProxies, ["10.0.0.5", "fd00::/8"]);
  assert.equal(model.hsts, "");
  assert.equal(nginxModel(samplePlan()).tls, "terminate");
});

Deno.test("a policy on trial is reported on pages, and the documentation keeps its own", () => {
  const { production } = files({ nginx: { csp: "default-src 'self'", csp_report_only: true } });
  const code = live(production);
  const map = (name: string) =>
    new RegExp(`map \\$uri \\$${name} \\{\\n([^}]*)\\}`).exec(code)?.[1] ?? "";
  assert.match(map("csp"), /default "";\n.*docs.*nonce-/);
  assert.match(map("csp_report_only"), /default "default-src 'self'";\n.*docs.* "";/);
  assert.match(code, /add_header Content-Security-Policy \$csp always;/);
  assert.match(code, /add_header Content-Security-Policy-Report-Only \$csp_report_only always;/);
  assert.doesNotMatch(live(files().production), /Report-Only .* always/);
});

Deno.test("limits, bursts and times of rxdx.yml stand where nginx reads them", () => {
  const { production } = files({
    nginx: {
      rate_limits: {
        api_burst: 0,
        auth_burst: 7,
        endpoints: [
          "/api/v1/reports 30r/m",
          "/api/v1/reports/pdf 6r/m burst=0",
          "/ws/x 2r/s burst=9",
        ],
      },
      timeouts: { backend_seconds: 90, websocket_seconds: 77, client_seconds: 8 },
    },
  });
  const location = (head: string) =>
    production.split(`location ${head} {\n`)[1]?.split("\n        }")[0] ?? "";
  assert.match(location("/api/"), /limit_req zone=api;/);
  assert.match(location("~ ^/api/v1/auth/(?:login|register)/?$"), /zone=auth burst=7 nodelay;/);
  const zone = (head: string) => /zone=(endpoint_\d)( burst=\d nodelay)?;/.exec(location(head));
  assert.deepEqual(
    ["/api/v1/reports", "/api/v1/reports/pdf", "^~ /ws/x"].map((head) => zone(head)?.[2]),
    [" burst=5 nodelay", undefined, " burst=9 nodelay"],
  );
  const rate = (head: string) =>
    new RegExp(`zone=${zone(head)?.[1]}:10m rate=(.*);`).exec(production)?.[1];
  assert.equal(rate("/api/v1/reports"), "30r/m");
  assert.equal(rate("/api/v1/reports/pdf"), "6r/m");
  assert.equal(rate("^~ /ws/x"), "2r/s");
  // What is asked to wait: the longer path is tried before the one that begins it.
  assert.match(
    production,
    /REJECTED \/api\/v1\/reports\/pdf" 10;\n.*REJECTED \/api\/v1\/reports" 2;/,
  );
  assert.match(location("^~ /ws/x"), /proxy_read_timeout 77s;/);
  assert.match(production, /\n {4}proxy_read_timeout 90s;/);
  for (const name of ["client_header_timeout", "client_body_timeout", "send_timeout"]) {
    assert.match(production, new RegExp(`${name} 8s;`));
  }
  const slow = files({ nginx: { timeouts: { client_seconds: 60 } } }).production;
  assert.match(slow, /client_header_timeout 10s;\n {4}client_body_timeout 60s;/);
});

Deno.test("no valid answers make a directive end early (300 runs)", () => {
  const name = fc.domain();
  fc.assert(
    fc.property(
      name,
      fc.array(fc.oneof(name, fc.ipV4(), fc.ipV6()), { maxLength: 3 }),
      (domain, aliases) => {
        let plan;
        try {
          plan = samplePlan({ answers: { domain, aliases: [...new Set(aliases)] } });
        } catch {
          return; // Not valid answers: nothing is rendered from them.
        }
        for (const { text } of nginxFiles(plan)) {
          for (const [, names = ""] of text.matchAll(/server_name ([^;"]+);/g)) {
            assert.match(names, /^[A-Za-z0-9.:[\] _-]+$/);
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});
