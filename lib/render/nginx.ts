/** The nginx configuration of both environments from the plan. */
import { Eta } from "eta";
import development from "../../templates/nginx/nginx.conf.eta" with { type: "text" };
import production from "../../templates/nginx/nginx.prod.conf.eta" with { type: "text" };
import { type EndpointLimit, parseEndpointLimit } from "../answers/rules_edge.ts";
import type { Plan } from "../plan/plan.ts";
import { hstsFor } from "../tls/hsts.ts";
import type { RenderedFile } from "./file.ts";
import { NGINX_PARTIALS } from "./nginx_partials.ts";

/** What the templates read; described in templates/nginx/nginx.conf.eta. */
export interface NginxModel {
  readonly serverNames: readonly string[];
  readonly acceptNoSni: boolean;
  readonly httpsPort: number;
  readonly tls: "terminate" | "external" | "none";
  readonly hsts: string;
  readonly curves: string;
  readonly rateApi: string;
  readonly rateAuth: string;
  readonly burstApi: number;
  readonly burstAuth: number;
  readonly endpoints: readonly EndpointLimit[];
  readonly maxBody: string;
  readonly backendSeconds: number;
  readonly webSocketSeconds: number;
  readonly clientSeconds: number;
  readonly trustedProxies: readonly string[];
  readonly csp: string;
  readonly cspReportOnly: boolean;
}

/** Mozilla Server-Side TLS 6.0, intermediate. The demo's nginx has OpenSSL 3.6. */
// `?`: an OpenSSL that lacks the group goes on without it (3.3 and later).
const CURVES = "?X25519MLKEM768:X25519:prime256v1:secp384r1";
/** The same without ML-KEM, which needs OpenSSL 3.5: official images may be older. */
const CURVES_BEFORE_3_5 = "X25519:prime256v1:secp384r1";

const CSP = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

export function nginxModel({ answers, names }: Plan): NginxModel {
  const { tls } = answers;
  return {
    serverNames: names.server,
    acceptNoSni: names.acceptNoSni,
    httpsPort: answers.ports.https,
    tls: tls.mode === "none" ? "none" : tls.mode === "external" ? "external" : "terminate",
    // The proxy in front has the certificate, so nobody but the operator knows whether it is trusted.
    hsts: tls.mode === "external" ? hstsFor(tls.hsts, "some") : "",
    curves: answers.images.source === "demo" ? CURVES : CURVES_BEFORE_3_5,
    rateApi: answers.nginx.rate_limits.api,
    rateAuth: answers.nginx.rate_limits.auth,
    burstApi: answers.nginx.rate_limits.api_burst,
    burstAuth: answers.nginx.rate_limits.auth_burst,
    endpoints: answers.nginx.rate_limits.endpoints.map(parseEndpointLimit)
      .filter((each) => each !== undefined),
    maxBody: answers.nginx.max_body,
    backendSeconds: answers.nginx.timeouts.backend_seconds,
    webSocketSeconds: answers.nginx.timeouts.websocket_seconds,
    clientSeconds: answers.nginx.timeouts.client_seconds,
    trustedProxies: tls.trusted_proxies,
    csp: answers.nginx.csp === "" ? CSP : answers.nginx.csp,
    cspReportOnly: answers.nginx.csp_report_only,
  };
}

function engine(): Eta {
  const eta = new Eta({ autoEscape: false, autoTrim: false });
  for (const [name, text] of Object.entries(NGINX_PARTIALS)) eta.loadTemplate(`@${name}`, text);
  return eta;
}

/** `nginx/nginx.conf` and `nginx/nginx.prod.conf`; the one not in use documents the other. */
export function nginxFiles(plan: Plan): RenderedFile[] {
  const eta = engine();
  const model = nginxModel(plan);
  // TLS may be off in development only; the production file then shows what it would be.
  const forProduction = model.tls === "none" ? { ...model, tls: "terminate" as const } : model;
  return [
    {
      path: "nginx/nginx.conf",
      mode: 0o644,
      text: eta.renderString(development, model),
      secret: false,
    },
    {
      path: "nginx/nginx.prod.conf",
      mode: 0o644,
      text: eta.renderString(production, forProduction),
      secret: false,
    },
  ];
}
