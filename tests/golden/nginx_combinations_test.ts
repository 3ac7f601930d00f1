/**
 * nginx in its real image judges every combination of environment, TLS mode and what can be configured of the
 * edge (criterion N5).
 */
import assert from "node:assert/strict";
import type { Tree } from "../../lib/answers/tree.ts";
import { nginxFiles } from "../../lib/render/nginx.ts";
import { nginxComplaints, NO_NGINX } from "../support/real_tools.ts";
import { samplePlan } from "../support/samples.ts";

const ENVIRONMENTS = ["development", "staging", "production"] as const;

const TLS: Readonly<Record<string, Tree>> = {
  "self-signed": { mode: "self-signed" },
  "letsencrypt": { mode: "letsencrypt", accept_terms: true, hsts: "preload" },
  "files": { mode: "files", cert: "/root/c.pem", key: "/root/k.pem", hsts: "year" },
  "external": { mode: "external", trusted_proxies: ["10.0.0.5", "fd00::/8"] },
  "external with HSTS": { mode: "external", trusted_proxies: ["10.0.0.5"], hsts: "year" },
  "none": { mode: "none" },
};

const NAMES: Readonly<Record<string, Tree>> = {
  "a name": { domain: "rxdx.example.org" },
  "names": {
    domain: "rxdx.example.org",
    aliases: ["www.rxdx.example.org", "xn--rx-lka.example.org"],
  },
  "an address": { domain: "203.0.113.9", aliases: ["2001:db8::7"] },
};

const EDGES: Readonly<Record<string, Tree>> = {
  "as it comes": {},
  "everything": {
    max_body: "120m",
    rate_limits: {
      api: "300r/m",
      auth: "1r/s",
      api_burst: 0,
      auth_burst: 0,
      endpoints: [
        "/api/v1/reports 2r/s burst=5",
        "/api/v1/reports/a.b 6r/m burst=0",
        "/ws/notify 30r/m",
      ],
    },
    timeouts: { backend_seconds: 3600, websocket_seconds: 10, client_seconds: 5 },
    csp: "default-src 'self'; report-uri /csp; img-src 'self' https://cdn.example.org data:",
    csp_report_only: true,
  },
};

Deno.test({
  name: "nginx accepts every combination of environment, TLS, names and edge" +
    (NO_NGINX === undefined ? "" : ` (SKIPPED: ${NO_NGINX})`),
  ignore: NO_NGINX !== undefined,
  fn: async () => {
    const configurations = new Map<string, string>();
    for (const environment of ENVIRONMENTS) {
      for (const [mode, tls] of Object.entries(TLS)) {
        if (mode === "none" && environment !== "development") continue;
        for (const [named, names] of Object.entries(NAMES)) {
          // Let's Encrypt certifies addresses with this profile alone.
          const profile = mode === "letsencrypt" ? { profile: "shortlived" } : {};
          if (mode === "letsencrypt" && named === "an address") continue;
          for (const [edge, nginx] of Object.entries(EDGES)) {
            for (const ports of [{}, { http: 8080, https: 8443 }]) {
              for (const images of [{ source: "demo" }, { source: "build", path: "/srv/RxDx" }]) {
                const plan = samplePlan({
                  answers: {
                    environment,
                    ...names,
                    tls: { ...tls, ...profile },
                    nginx,
                    ports,
                    images,
                  },
                });
                const [development, production] = nginxFiles(plan);
                const file = environment === "development" ? development : production;
                configurations.set(
                  [environment, mode, named, edge, JSON.stringify(ports), images.source].join(", "),
                  file?.text ?? "",
                );
              }
            }
          }
        }
      }
    }
    const distinct = new Map([...new Map([...configurations].map(([name, text]) => [text, name]))]
      .map(([text, name]) => [name, text]));
    const said = await nginxComplaints(distinct);
    assert.equal(said.size, distinct.size);
    for (const [name, complaint] of said) assert.equal(complaint, "", name);
    console.log(
      `    ${configurations.size} combinations, ${distinct.size} configurations, 0 refused`,
    );
    assert.ok(configurations.size >= 300, `${configurations.size}`);
  },
});
