/** Rules over names, addresses and ports; part of `rules.ts`. */
import { isIpAddress } from "../answers/rules.ts";
import type { CrossRule } from "./rules.ts";

/** Browsers refuse these: "bad port" of the Fetch standard, https://fetch.spec.whatwg.org/#port-blocking. */
export const PORTS_BROWSERS_REFUSE: ReadonlySet<number> = new Set([
  ...[1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95],
  ...[101, 102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179],
  ...[389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601],
  ...[636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566],
  ...[6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080],
]);

const PORT_KEYS = ["http", "https", "backend", "frontend", "postgres"] as const;

/** Keys of the ports that this stack publishes. */
function published({ environment }: Parameters<CrossRule>[0]) {
  // http and https are published in every TLS mode: the Compose files are static.
  return PORT_KEYS.filter((key) =>
    key === "http" || key === "https" || environment === "development"
  );
}

const portsDiffer: CrossRule = (answers) => {
  const { ports } = answers;
  const used = published(answers);
  return used.flatMap((key, index) => {
    const other = used.slice(0, index).find((each) => ports[each] === ports[key]);
    if (other === undefined) return [];
    const taken = new Set(used.map((each) => ports[each]));
    let free = ports[key] < 65535 ? ports[key] + 1 : 1024;
    while (taken.has(free) || PORTS_BROWSERS_REFUSE.has(free)) free++;
    return [{
      key: `ports.${key}`,
      value: String(ports[key]),
      rule: `must differ from ports.${other}`,
      example: String(free),
    }];
  });
};

const portsOpenInBrowsers: CrossRule = (answers) => {
  const { ports, tls } = answers;
  // Behind a proxy that ends TLS no browser ever sees ours.
  if (tls.mode === "external") return [];
  const defaults = { http: 8080, https: 8443, backend: 8000, frontend: 3000 };
  return published(answers).flatMap((key) =>
    key !== "postgres" && PORTS_BROWSERS_REFUSE.has(ports[key])
      ? [{
        key: `ports.${key}`,
        value: String(ports[key]),
        rule: "must be a port that browsers open; they refuse this one, which belongs to another " +
          "protocol (Fetch standard, port blocking)",
        example: String(defaults[key]),
      }]
      : []
  );
};

/** One spelling of an address or a name. */
function canonical(name: string): string {
  const lower = name.toLowerCase();
  return lower.includes(":") && URL.canParse(`http://[${lower}]/`)
    ? new URL(`http://[${lower}]/`).hostname
    : lower;
}

const namesDiffer: CrossRule = ({ domain, aliases }) => {
  const seen = new Set([canonical(domain)]);
  return aliases.flatMap((alias) => {
    const key = canonical(alias);
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    return [{ key: "aliases", value: alias, rule: "must name each name once", example: "[]" }];
  });
};

/** Addresses that stand for all, for many, or for nothing: no browser opens them. */
function isNobody(name: string): boolean {
  if (!isIpAddress(name)) return false;
  const address = canonical(name);
  return /^(0\.|22[4-9]\.|23\d\.|24\d\.|25[0-5]\.)/.test(name) || address === "[::]" ||
    address.startsWith("[ff");
}

const namesReachable: CrossRule = ({ domain, aliases }) =>
  [["domain", domain] as const, ...aliases.map((each) => ["aliases", each] as const)]
    .flatMap(([key, value]) =>
      isNobody(value)
        ? [{
          key,
          value,
          rule: "must be the address of one machine, as browsers type it",
          example: "192.0.2.10",
        }]
        : []
    );

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

export const ADDRESS_RULES: readonly CrossRule[] = [
  portsDiffer,
  portsOpenInBrowsers,
  namesDiffer,
  namesReachable,
  adminAddressDerivable,
];
