/** The way in: names, ports and the certificate, from nginx's configuration and what is published. Pure. */
import { isHostname, isIpAddress } from "../answers/rules.ts";
import type { FoundService, Mount, Published } from "./hand_made.ts";

/** Words behind a directive of nginx, of every place where it stands. */
function directive(configuration: string, name: string): string[] {
  const plain = configuration.replace(/^\s*#.*$/gm, "");
  return [...plain.matchAll(new RegExp(`(?:^|[;{}\\s])${name}\\s+([^;{}]+);`, "g"))]
    .flatMap((match) => (match[1] ?? "").trim().split(/\s+/))
    .map((word) => word.replace(/^(["'])(.*)\1$/, "$2"));
}

/** Names that nginx answers to, without those that mean anything or this machine. */
export function serverNames(configuration: string): string[] {
  return [...new Set(directive(configuration, "server_name").map((name) => name.toLowerCase()))]
    .filter((name) => name !== "localhost" && (isHostname(name) || isIpAddress(name)));
}

/** Where a path of the container is on this machine; `undefined` for what is in the image. */
export function onHost(mounts: readonly Mount[], path: string): string | undefined {
  const [mount] = mounts.filter(({ target, type }) =>
    type === "bind" && (path === target || path.startsWith(`${target.replace(/\/$/, "")}/`))
  ).sort((a, b) => b.target.length - a.target.length);
  return mount === undefined
    ? undefined
    : mount.source.replace(/\/$/, "") + path.slice(mount.target.replace(/\/$/, "").length);
}

/** Pairs of certificate and key that nginx names, as paths of this machine, the first one first. */
export function certificatePaths(
  configuration: string,
  mounts: readonly Mount[],
): { readonly cert: string; readonly key: string }[] {
  const certs = directive(configuration, "ssl_certificate");
  const keys = directive(configuration, "ssl_certificate_key");
  return certs.flatMap((cert, index) => {
    const [at, keyAt] = [onHost(mounts, cert), onHost(mounts, keys[index] ?? "")];
    return at === undefined || keyAt === undefined ? [] : [{ cert: at, key: keyAt }];
  });
}

/** The ports of the way in: by what they lead to. */
export function publishedPorts(
  nginx: Pick<FoundService, "ports"> | undefined,
): { readonly http?: Published; readonly https?: Published } {
  const to = (...targets: readonly number[]) =>
    nginx?.ports.find(({ target }) => targets.includes(target));
  const [http, https] = [to(80, 8080), to(443, 8443)];
  return { ...(http === undefined ? {} : { http }), ...(https === undefined ? {} : { https }) };
}
