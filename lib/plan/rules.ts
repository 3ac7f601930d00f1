/**
 * Rules over several fields, or over fields and the machine: one named function each, all of them
 * always run, so that every problem is reported at once. Pure.
 */
import type { Problem } from "../errors.ts";
import { isIpAddress, parseSize } from "../answers/rules.ts";
import type { Answers } from "../answers/schema.ts";
import type { Facts } from "./facts.ts";
import { sizing } from "./sizing.ts";

type CrossRule = (answers: Answers, facts: Facts) => Problem[];

const tlsOnlyOffInDevelopment: CrossRule = ({ tls, environment }) =>
  tls.mode === "none" && environment !== "development"
    ? [{
      key: "tls.mode",
      value: "none",
      rule: `is for development only; this is ${environment}`,
      example: "self-signed, or external when a proxy in front ends TLS",
    }]
    : [];

const externalNeedsProxies: CrossRule = ({ tls }) =>
  tls.mode === "external" && tls.trusted_proxies.length === 0
    ? [{
      key: "tls.trusted_proxies",
      value: "[]",
      rule: "must name the proxy in front when tls.mode is external; otherwise any client could " +
        "claim to be another one",
      example: "[10.0.0.5]",
    }]
    : [];

const tlsModeAvailable: CrossRule = ({ tls }) =>
  tls.mode === "letsencrypt" || tls.mode === "files"
    ? [{
      key: "tls.mode",
      value: tls.mode,
      rule: "is not available in this version of rxdx-setup",
      example: "self-signed",
    }]
    : [];

const buildNeedsOneSource: CrossRule = ({ images }) => {
  if (images.source !== "build" || (images.path === "") !== (images.git === "")) return [];
  return [{
    key: "images.path",
    value: images.path,
    rule: images.path === ""
      ? "must be given when images.source is build, or images.git"
      : "must not be given together with images.git",
    example: "/srv/RxDx",
  }];
};

const archiveNeedsFile: CrossRule = ({ images }) =>
  images.source === "archive" && images.file === ""
    ? [{
      key: "images.file",
      value: "",
      rule: "must be given when images.source is archive",
      example: "/root/rxdx.tar",
    }]
    : [];

/** Sources are mounted over what is in the image, so there must be some. */
const developmentNeedsSources: CrossRule = ({ images, environment }) =>
  environment === "development" && (images.source === "registry" || images.source === "archive")
    ? [{
      key: "images.source",
      value: images.source,
      rule: "must be demo or build in development, where sources are mounted",
      example: "build",
    }]
    : [];

const registryNeedsAddress: CrossRule = ({ images }) => {
  if (images.source !== "registry") return [];
  const problems: Problem[] = [];
  for (
    const [key, example] of [["registry", "registry.example.com/rxdx"], ["tag", "1.2.0"]] as const
  ) {
    if (images[key] === "") {
      problems.push({
        key: `images.${key}`,
        value: "",
        rule: "must be given when images.source is registry",
        example,
      });
    }
  }
  return problems;
};

const portsDiffer: CrossRule = ({ ports, environment, tls }) => {
  const used = (["http", "https", "backend", "frontend", "postgres"] as const).filter((key) =>
    key === "http" || (key === "https" ? tls.mode !== "none" : environment === "development")
  );
  return used.flatMap((key, index) => {
    const other = used.slice(0, index).find((each) => ports[each] === ports[key]);
    return other === undefined ? [] : [{
      key: `ports.${key}`,
      value: String(ports[key]),
      rule: `must differ from ports.${other}`,
      example: String(ports[key] + 1),
    }];
  });
};

const namesDiffer: CrossRule = ({ domain, aliases }) => {
  const seen = new Set([domain.toLowerCase()]);
  return aliases.flatMap((alias) => {
    const key = alias.toLowerCase();
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    return [{ key: "aliases", value: alias, rule: "must name each name once", example: "[]" }];
  });
};

const cpuLimitsFit: CrossRule = ({ resources }, facts) =>
  ([
    ["resources.cpus", resources.cpus],
    ["resources.backend.cpus", resources.backend.cpus],
    ["resources.postgres.cpus", resources.postgres.cpus],
    ["resources.nginx.cpus", resources.nginx.cpus],
    ["resources.frontend.cpus", resources.frontend.cpus],
  ] as const).flatMap(([key, value]) =>
    value !== undefined && value > facts.cpus
      ? [{
        key,
        value: String(value),
        rule: `must be at most the ${facts.cpus} CPUs of this machine`,
        example: String(facts.cpus),
      }]
      : []
  );

const memoryFits: CrossRule = ({ resources, environment }, facts) => {
  const result = sizing({
    cpus: facts.cpus,
    memoryBytes: facts.memoryBytes,
    environment,
    resources,
  });
  return result.ok ? [] : [{
    key: "resources",
    value: resources.preset,
    rule: `must fit this machine: ${result.reason}`,
    example: "a machine with 1 GiB or more, or smaller limits",
  }];
};

const uploadFitsBody: CrossRule = ({ application, nginx }) => {
  const upload = parseSize(application.max_upload) ?? 0;
  const body = parseSize(nginx.max_body) ?? 0;
  return upload <= body ? [] : [{
    key: "application.max_upload",
    value: application.max_upload,
    rule: `must not exceed nginx.max_body (${nginx.max_body}), or nginx refuses it first`,
    example: nginx.max_body,
  }];
};

const mailNeedsSender: CrossRule = ({ email }) =>
  email.host !== "" && email.from === ""
    ? [{
      key: "email.from",
      value: "",
      rule: "must be given when email.host is",
      example: "rxdx@example.com",
    }]
    : [];

const modelNeedsAddress: CrossRule = ({ llm }) =>
  llm.enabled && llm.url === ""
    ? [{
      key: "llm.url",
      value: "",
      rule: "must be given when llm.enabled is true",
      example: "http://host.docker.internal:1234/v1",
    }]
    : [];

/** A relative directory stays inside the install, and is none of those that are ours. */
const backupsBesideTheRest: CrossRule = ({ backups }) => {
  const path = backups.directory.replace(/\/+$/, "");
  const taken = /^(\.|\.rxdx|nginx|postgres|demo)?(\/|$)/.test(path) && !path.startsWith("/");
  return taken || /(^|\/)\.\.(\/|$)/.test(path)
    ? [{
      key: "backups.directory",
      value: backups.directory,
      rule: "must be a directory of its own: inside the install, or an absolute path",
      example: "backups",
    }]
    : [];
};

const adminAddressDerivable: CrossRule = ({ admin, domain, environment }) =>
  admin.email === "" && environment !== "development" && domain.length > 240 &&
    !isIpAddress(domain)
    ? [{
      key: "admin.email",
      value: "",
      rule: "must be given: admin@ this domain is too long for an address",
      example: "admin@example.com",
    }]
    : [];

const RULES: readonly CrossRule[] = [
  tlsOnlyOffInDevelopment,
  externalNeedsProxies,
  tlsModeAvailable,
  buildNeedsOneSource,
  archiveNeedsFile,
  developmentNeedsSources,
  registryNeedsAddress,
  portsDiffer,
  namesDiffer,
  cpuLimitsFit,
  memoryFits,
  uploadFitsBody,
  mailNeedsSender,
  modelNeedsAddress,
  backupsBesideTheRest,
  adminAddressDerivable,
];

/** Every broken rule. */
export function crossProblems(answers: Answers, facts: Facts): Problem[] {
  return RULES.flatMap((rule) => rule(answers, facts));
}
