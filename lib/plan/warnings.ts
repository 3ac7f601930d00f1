/**
 * What works, and is probably not what was meant: shown at the review, never a reason to stop. Pure; one named
 * function each, as the rules are. `rule` completes "<key> …" as in a problem.
 */
import type { Problem } from "../errors.ts";
import { isIpAddress } from "../answers/rules.ts";
import type { Answers } from "../answers/schema.ts";
import { letsForeignScriptsRun } from "./content_policy.ts";

type Warning = (answers: Answers) => Problem[];

const onlyFromHere: Warning = ({ domain, environment, images }) =>
  environment !== "development" && images.source !== "demo" &&
    /^(localhost|127\..*|::1)$/i.test(domain)
    ? [{
      key: "domain",
      value: domain,
      rule: "is reached from this machine alone",
      example: "rxdx.example.com",
    }]
    : [];

const privateName: Warning = ({ domain, environment }) =>
  environment === "production" && !isIpAddress(domain) && /\.local$/i.test(domain)
    ? [{
      key: "domain",
      value: domain,
      rule: "ends in .local, which many machines look up by multicast DNS only",
      example: "rxdx.internal",
    }]
    : [];

const ignoredInDevelopment: Warning = ({ environment, resources }) =>
  environment !== "development" ? [] : (["replicas", "workers"] as const).flatMap((key) => {
    const value = resources.backend[key];
    return value === undefined || value === 1 ? [] : [{
      key: `resources.backend.${key}`,
      value: String(value),
      rule: "has no effect in development, which runs one backend with one worker",
    }];
  });

const ignoredByDemo: Warning = ({ images }) =>
  images.source !== "demo" ? [] : (["postgres", "nginx"] as const).flatMap((key) => {
    const value = images[key] ?? "";
    return value === "" ? [] : [{
      key: `images.${key}`,
      value,
      rule: "has no effect with images.source: demo, whose images are all built here",
    }];
  });

const implicitTls: Warning = ({ email }) =>
  email.host !== "" && email.port === 465 && email.tls
    ? [{
      key: "email.port",
      value: "465",
      rule: "expects TLS from the first byte; email.tls means STARTTLS",
      example: "587",
    }]
    : [];

const passwordsInClear: Warning = ({ email, imap, environment }) =>
  environment === "development" ? [] : [
    ...(email.host !== "" && email.user !== "" && !email.tls && email.port !== 465
      ? [{ key: "email.tls", value: "false", rule: "sends the mail password unencrypted" }]
      : []),
    ...(imap.host !== "" && !imap.tls
      ? [{ key: "imap.tls", value: "false", rule: "sends the mailbox password unencrypted" }]
      : []),
  ];

const unencryptedOrigins: Warning = ({ application, environment }) =>
  environment === "development"
    ? []
    : application.cors_origins.filter((each) => each.startsWith("http://")).map((value) => ({
      key: "application.cors_origins",
      value,
      rule: "is not encrypted: whoever changes that page on its way may use the API",
      example: value.replace(/^http:/, "https:"),
    }));

const halfAMailSetup: Warning = ({ email, imap }) => [
  ...(email.host === "" && (email.user !== "" || email.from !== "")
    ? [{
      key: "email.host",
      value: "",
      rule: "is empty, so no mail is sent",
      example: "smtp.example.com",
    }]
    : []),
  ...(imap.host === "" && imap.user !== ""
    ? [{
      key: "imap.host",
      value: "",
      rule: "is empty, so no mail is read",
      example: "imap.example.com",
    }]
    : []),
];

const proxiesWithoutNeed: Warning = ({ tls }) =>
  tls.mode !== "external" && tls.trusted_proxies.length > 0
    ? [{
      key: "tls.trusted_proxies",
      value: tls.trusted_proxies.join(", "),
      rule: `has no effect while tls.mode is ${tls.mode}`,
    }]
    : [];

const weakPolicy: Warning = ({ nginx }) =>
  nginx.csp !== "" && letsForeignScriptsRun(nginx.csp)
    ? [{
      key: "nginx.csp",
      value: nginx.csp,
      rule: "lets scripts run that an attacker has put into a page",
      example: "script-src 'self'",
    }]
    : [];

const policyThatOnlyReports: Warning = ({ nginx, environment }) =>
  nginx.csp_report_only && environment === "production"
    ? [{
      key: "nginx.csp_report_only",
      value: "true",
      rule: "lets everything be that the policy forbids",
      example: "false",
    }]
    : [];

const challengePort: Warning = ({ tls, ports }) =>
  tls.mode === "letsencrypt" && tls.directory === "" && ports.http !== 80
    ? [{
      key: "ports.http",
      value: String(ports.http),
      rule: "is not where Let's Encrypt asks: port 80 must be forwarded to it",
      example: "80",
    }]
    : [];

const strictWithoutTrust: Warning = ({ tls }) =>
  (tls.mode === "self-signed" || tls.mode === "none") && !["auto", "off"].includes(tls.hsts)
    ? [{
      key: "tls.hsts",
      value: tls.hsts,
      rule: `has no effect while tls.mode is ${tls.mode}; it would lock browsers out`,
      example: "auto",
    }]
    : [];

const preloadIsForGood: Warning = ({ tls }) =>
  tls.hsts === "preload" && tls.mode !== "self-signed" && tls.mode !== "none"
    ? [{
      key: "tls.hsts",
      value: "preload",
      rule: "binds the domain and all its subdomains to HTTPS for years, for every browser",
      example: "year",
    }]
    : [];

const modelWithoutName: Warning = ({ llm }) =>
  llm.enabled && llm.model === ""
    ? [{
      key: "llm.model",
      value: "",
      rule: "is empty: the server chooses a model",
      example: "local-model",
    }]
    : [];

const WARNINGS: readonly Warning[] = [
  onlyFromHere,
  privateName,
  ignoredInDevelopment,
  ignoredByDemo,
  implicitTls,
  passwordsInClear,
  unencryptedOrigins,
  halfAMailSetup,
  proxiesWithoutNeed,
  weakPolicy,
  policyThatOnlyReports,
  challengePort,
  strictWithoutTrust,
  preloadIsForGood,
  modelWithoutName,
];

/** Everything worth a second look, in the order of the file. */
export function warningsOf(answers: Answers): Problem[] {
  return WARNINGS.flatMap((warning) => warning(answers));
}
