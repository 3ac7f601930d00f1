/** Failures of nginx: its certificate, its configuration, what is behind it. Data. */
import type { Signature } from "./signature.ts";

export const NGINX: readonly Signature[] = [
  {
    id: "certificate-key",
    pattern: /key values mismatch/i,
    cause: "certificate and key do not belong together",
    remedy: "rxdx-setup apply",
  },
  {
    id: "certificate-unreadable",
    pattern: /cannot load certificate(?: key)? "[^"]*": BIO_new_file\(\) failed/i,
    cause: "nginx cannot read the certificate or its key",
    remedy: "ls -l nginx/ssl; rxdx-setup apply",
  },
  {
    id: "certificate-format",
    pattern: /cannot load certificate(?: key)? "[^"]*": PEM_read_bio/i,
    cause: "the certificate or its key is no PEM file, or was cut short",
    remedy: "openssl x509 -noout -subject -in nginx/ssl/cert.pem; rxdx-setup apply",
  },
  {
    id: "upstream-unknown",
    pattern: /host not found in upstream "|could not be resolved \(\d+: /i,
    cause: "nginx looks for a service that has no container",
    remedy: "docker compose ps --all; rxdx-setup start",
  },
  {
    id: "upstream-none-left",
    pattern: /no live upstreams while connecting to upstream/i,
    cause: "every backend failed lately, so nginx sends requests to none of them",
    remedy: "rxdx-setup doctor backend",
  },
  {
    id: "upstream-refused",
    pattern: /connect\(\) failed \((?:111|113): [^)]*\) while connecting to upstream/i,
    cause: "the service behind nginx does not listen",
    remedy: "docker compose ps; rxdx-setup doctor backend",
  },
  {
    id: "upstream-slow",
    pattern: /upstream timed out \(110: /i,
    cause: "the service behind nginx took too long to answer",
    remedy: "rxdx-setup doctor nginx postgres (slow requests, long transactions)",
  },
  {
    id: "upstream-closed",
    pattern: /upstream prematurely closed connection/i,
    cause: "the service behind nginx ended in the middle of a request",
    remedy: "rxdx-setup doctor backend (memory, restarts)",
  },
  {
    id: "body-too-large",
    pattern: /client intended to send too large body/i,
    cause: "an upload was larger than nginx.max_body",
    remedy: "rxdx-setup config set nginx.max_body=50m; then rxdx-setup apply",
  },
  {
    id: "rate-limited",
    pattern: /limiting (?:requests|connections)(?:, excess: | by zone )/i,
    cause: "a client asked more often than nginx.rate_limits allow",
    remedy: "rxdx-setup config show; many users behind one address need higher limits",
  },
  {
    id: "connections-limit",
    pattern: /worker_connections are not enough/i,
    cause: "nginx has no connection left for another client",
    remedy: "rxdx-setup logs --tail 200 nginx (who opens them); docker compose restart nginx",
  },
  {
    id: "port-privileged",
    pattern: /bind\(\) to \S+ failed \(13: Permission denied\)/i,
    cause: "nginx may not bind a port below 1024 in its container",
    remedy: "sudo sysctl net.ipv4.ip_unprivileged_port_start; then restart Docker",
  },
  // Last but one of the general kind: bind() failures are [emerg] as well, and are found below.
  {
    id: "nginx-configuration",
    pattern: /\[emerg\].* in \/etc\/nginx\//i,
    cause: "the nginx configuration is not valid",
    remedy: "rxdx-setup plan, to see what was edited",
  },
];
