/** What the Docker daemon, the registry and Compose say when they cannot do their work. Data. */
import type { Signature } from "./signature.ts";

export const DOCKER: readonly Signature[] = [
  // Before permission-denied.
  {
    id: "docker-denied",
    pattern:
      /permission denied while trying to connect to the (?:Docker daemon socket|docker API)/i,
    cause: "this user may not use Docker",
    remedy: "sudo usermod -aG docker $USER, and log in again",
  },
  {
    id: "docker-down",
    pattern:
      /Cannot connect to the Docker daemon|docker\.sock: connect: (?:connection refused|no such)/i,
    cause: "the Docker daemon does not run",
    remedy: "sudo systemctl start docker; journalctl -u docker -n 50",
  },
  {
    id: "pull-limit",
    pattern: /toomanyrequests:|pull rate limit/i,
    cause: "the registry counts too many downloads from this address",
    remedy: "docker login, or wait some hours, then rxdx-setup apply",
  },
  {
    id: "pull-denied",
    pattern:
      /pull access denied for|unauthorized: authentication required|no basic auth credentials|denied: requested access to the resource/i,
    cause: "the registry wants a login, or has no such image",
    remedy: "docker login REGISTRY; rxdx-setup check registry",
  },
  {
    id: "registry-untrusted",
    pattern: /x509: certificate (?:signed by unknown authority|has expired|is valid for)/i,
    cause: "Docker does not trust the certificate of the registry",
    remedy: "Put its authority into /etc/docker/certs.d/REGISTRY/ca.crt; rxdx-setup check registry",
  },
  {
    id: "registry-unreachable",
    pattern:
      /Get "https?:\/\/[^"]*\/v2\/[^"]*": (?:dial tcp|net\/http|context deadline|proxyconnect|EOF)|net\/http: TLS handshake timeout/i,
    cause: "the registry cannot be reached from this machine",
    remedy: "rxdx-setup check registry; on a closed network: images.source archive",
  },
  {
    id: "image-missing",
    pattern: /No such image: |manifest unknown|manifest for \S+ not found|unable to find image/i,
    cause: "the image is not on this machine, nor where it is fetched from",
    remedy: "rxdx-setup apply (it fetches, loads or builds what is missing)",
  },
  {
    id: "image-architecture",
    pattern: /exec format error|does not match the (?:detected host|specified) platform/i,
    cause: "the image is made for another kind of processor",
    remedy: "uname -m; fetch or build the image for this one",
  },
  {
    id: "image-store-damaged",
    pattern: /failed to register layer|layer does not exist|error creating overlay mount/i,
    cause: "Docker's store of images is damaged or full",
    remedy: "df -h /var/lib/docker; docker image rm the image that is named, then rxdx-setup apply",
  },
  {
    id: "program-missing",
    pattern: /executable file not found in \$PATH/i,
    cause: "the image lacks the program that its container is to run",
    remedy: "rxdx-setup config get images.source; it must be an image of RxDx",
  },
  {
    id: "setting-missing",
    pattern: /required variable \w+ is missing a value/i,
    cause: ".env lacks a value that must be there",
    remedy: "rxdx-setup apply (it writes .env anew)",
  },
  {
    id: "compose-invalid",
    pattern: /yaml: line \d+|validating \S+\.ya?ml: |Additional property \S+ is not allowed/i,
    cause: "a Compose file is not valid",
    remedy: "docker compose config --quiet; rxdx-setup plan shows what was edited",
  },
  {
    id: "mount-missing",
    pattern: /bind source path does not exist/i,
    cause: "a directory or file of the stack is missing",
    remedy: "rxdx-setup apply (it writes them anew)",
  },
  {
    id: "container-name-taken",
    pattern: /Conflict\. The container name "[^"]*" is already in use/i,
    cause: "a container of the same name exists, left over or of another stack",
    remedy: "docker ps --all; docker rm the one that is named",
  },
  {
    id: "address-pools",
    pattern:
      /non-overlapping IPv4 address pool|all predefined address pools have been fully subnetted/i,
    cause: "Docker has no range of addresses left for another network",
    remedy:
      "docker network ls; docker network prune removes those that nobody uses; a bridge in ip -br link show type bridge that belongs to no network holds a range too (ip link delete NAME)",
  },
  {
    id: "network-gone",
    pattern: /network [0-9a-f]{12,64} not found/i,
    cause: "the network that the container was made with is gone",
    remedy: "docker compose up -d --force-recreate",
  },
  {
    id: "firewall-chains",
    pattern: /iptables: No chain\/target\/match by that name|DOCKER-ISOLATION-STAGE/i,
    cause: "the firewall was reloaded and took Docker's own rules away",
    remedy: "sudo systemctl restart docker",
  },
  {
    id: "dependency-failed",
    pattern: /dependency failed to start: /i,
    cause: "a service did not become healthy, so what needs it was not started",
    remedy: "rxdx-setup doctor",
    general: true,
  },
  {
    id: "container-runtime",
    pattern: /OCI runtime create failed|failed to create (?:shim )?task/i,
    cause: "the container could not be created; the reason stands at the end of the line",
    remedy: "journalctl -u docker -u containerd -n 50",
    general: true,
  },
];
