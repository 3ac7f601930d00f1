/** Rules over how HTTPS gets its certificate; part of `rules.ts`. */
import type { Problem } from "../errors.ts";
import { isIpAddress } from "../answers/rules.ts";
import { certifiableNames, notPublic } from "./certifiable.ts";
import type { CrossRule } from "./rules.ts";

const onlyOffInDevelopment: CrossRule = ({ tls, environment }) =>
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

const termsAccepted: CrossRule = ({ tls }) =>
  tls.mode === "letsencrypt" && !tls.accept_terms
    ? [{
      key: "tls.accept_terms",
      value: "false",
      rule: "must be true: an account at the CA exists only for who accepts its terms " +
        (tls.directory === "" ? "(https://letsencrypt.org/repository/)" : "of service"),
      example: "true",
    }]
    : [];

const somethingToCertify: CrossRule = (answers) =>
  answers.tls.mode === "letsencrypt" && certifiableNames(answers).length === 0
    ? [{
      key: "domain",
      value: answers.domain,
      rule: "leads every machine back to itself; no certificate authority can check it",
      example: "rxdx.example.com",
    }]
    : [];

/** Let's Encrypt certifies addresses with its short-lived profile alone. */
const publicNames: CrossRule = (answers) => {
  const { tls, domain } = answers;
  if (tls.mode !== "letsencrypt" || tls.directory !== "") return [];
  return certifiableNames(answers).flatMap((name): Problem[] => {
    const key = name === domain.toLowerCase() ? "domain" : "aliases";
    const why = notPublic(name);
    if (why !== undefined) {
      return [{
        key,
        value: name,
        rule: `${why}; Let's Encrypt certifies public names only`,
        example: "rxdx.example.org, or tls.mode=self-signed",
      }];
    }
    return isIpAddress(name) && tls.profile !== "shortlived"
      ? [{
        key: "tls.profile",
        value: tls.profile,
        rule: `must be shortlived while ${key} names the address ${name}`,
        example: "shortlived",
      }]
      : [];
  });
};

const encryptedDirectories: CrossRule = ({ tls }) =>
  (["directory", "staging_directory"] as const).flatMap((key): Problem[] =>
    tls[key].startsWith("http://")
      ? [{
        key: `tls.${key}`,
        value: tls[key],
        rule: "must be https (RFC 8555, 6.1)",
        example: tls[key].replace("http:", "https:"),
      }]
      : []
  );

const certificateWithKey: CrossRule = ({ tls }) => {
  if (tls.mode !== "files" || (tls.cert === "") === (tls.key === "")) return [];
  const key = tls.cert === "" ? "cert" : "key";
  return [{
    key: `tls.${key}`,
    value: "",
    rule: `must be given together with tls.${key === "key" ? "cert" : "key"}`,
    example: key === "key" ? "/root/key.pem" : "/root/cert.pem",
  }];
};

/** A proxy is an address; a network of everything lets any client claim to be any other. */
const proxiesAreSome: CrossRule = ({ tls }) =>
  tls.trusted_proxies.flatMap((each): Problem[] =>
    /\/0+$/.test(each)
      ? [{
        key: "tls.trusted_proxies",
        value: each,
        rule: "must not be everybody; any client could then claim to be another one",
        example: "[10.0.0.5]",
      }]
      : []
  );

export const TLS_RULES: readonly CrossRule[] = [
  onlyOffInDevelopment,
  externalNeedsProxies,
  termsAccepted,
  somethingToCertify,
  publicNames,
  encryptedDirectories,
  certificateWithKey,
  proxiesAreSome,
];
