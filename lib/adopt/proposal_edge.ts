/** The way in of a stack that is taken over: names, ports, certificate. Pure. */
import { isHostname, isIpAddress } from "../answers/rules.ts";
import { setAt, valueAt } from "../answers/tree.ts";
import { publishedPorts, serverNames } from "./edge.ts";
import type { HandMade, Roles } from "./hand_made.ts";
import { type Draft, keep } from "./draft.ts";
import { readOrigins } from "./settings.ts";

/** Variables by which people call the name of their server. */
const DOMAIN_VARIABLES = ["DOMAIN", "DOMAIN_NAME", "SERVER_NAME", "VIRTUAL_HOST", "RXDX_DOMAIN"];

export function edgeOf(
  draft: Draft,
  found: HandMade,
  { backend, nginx }: Pick<Roles, "backend"> & Partial<Roles>,
): void {
  if (found.nginxRefuses !== undefined && nginx !== undefined) {
    draft.problems.push({
      key: `nginx in ${nginx.service}`,
      rule:
        "does not read its own configuration any more, so that names and certificate would be " +
        `lost: ${found.nginxRefuses}`,
      example: `docker exec ${nginx.containerName} nginx -t, and correct what it says`,
    });
  }
  domainOf(draft, found, backend.env.get("CORS_ORIGINS") ?? found.env.get("CORS_ORIGINS"));
  const { http, https } = publishedPorts(nginx);
  for (const [key, port] of [["http", http], ["https", https]] as const) {
    if (port === undefined) continue;
    keep(draft, `ports.${key}`, port.published, `${nginx?.service}, as it is published`);
    if (port.ip === "" || port.ip === "0.0.0.0" || port.ip === "::") continue;
    draft.differs.push(`Port ${port.published} was on ${port.ip} alone; now on all addresses`);
  }
  if (nginx === undefined) draft.differs.push("nginx is new: the stack had none");
  else {
    draft.differs.push(
      "nginx gets a configuration of ours; what was special in its own has to be looked through",
    );
  }
  if (https === undefined) {
    draft.differs.push(`HTTPS is new, on port ${valueAt(draft.values, "ports.https") ?? 443}`);
  }
}

function domainOf(draft: Draft, found: HandMade, origins: string | undefined): void {
  const names = serverNames(found.nginx);
  const [first, ...aliases] = names;
  const variable = DOMAIN_VARIABLES.find((name) => isHostname(found.env.get(name) ?? ""));
  const origin = readOrigins(origins).filter((each) => URL.canParse(each))
    .map((each) => new URL(each).hostname)
    .find((name) => name !== "localhost" && name !== "" && !isIpAddress(name));
  const certified = found.certificate?.names.find((name) =>
    isHostname(name) && name !== "localhost" && name.includes(".")
  );
  if (first !== undefined) {
    keep(draft, "domain", first, "server_name of nginx");
    if (aliases.length > 0) keep(draft, "aliases", aliases, "server_name of nginx");
  } else if (variable !== undefined) {
    keep(draft, "domain", found.env.get(variable), `${variable} of .env`);
  } else if (certified !== undefined) keep(draft, "domain", certified, "the certificate");
  else if (origin !== undefined) keep(draft, "domain", origin, "CORS_ORIGINS");
  else {
    const localhost = found.certificate?.names.find((name) => name === "localhost");
    if (localhost !== undefined) keep(draft, "domain", localhost, "the certificate");
    else draft.assumed.push("domain: nothing names it; this machine's name or address is taken");
  }
}

export function certificateOf(draft: Draft, { dir, certificate }: HandMade): void {
  if (certificate === undefined) {
    draft.assumed.push("tls.mode: no certificate was found; a self-signed one is made");
    setAt(draft.values, "tls.mode", "self-signed");
    return;
  }
  const { cert, key, until, selfSigned } = certificate;
  keep(draft, "tls.mode", "files", "nginx");
  keep(draft, "tls.cert", cert, `nginx; good until ${until.slice(0, 10)}`);
  keep(draft, "tls.key", key, "nginx");
  if (selfSigned) {
    draft.differs.push(
      "The certificate is self-signed and is kept; `rxdx-setup tls issue` gets one that browsers trust",
    );
  }
  if (cert.startsWith(`${dir}/`)) {
    draft.differs.push(
      `${cert} is read there at every apply: keep it, or \`rxdx-setup tls import\` it afterwards`,
    );
  }
}
