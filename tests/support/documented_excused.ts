/**
 * Documented command lines that no test types, each with the reason. Who adds one here says what
 * would be needed, and which test runs the same thing in another way.
 */
import type { Excuse } from "./documented_tables.ts";

export const EXCUSED: readonly Excuse[] = [
  {
    because: "takes long, and differs from one that is run in the name of a file alone",
    lines: [
      "rxdx-setup backup verify --identity-file key.txt",
      "rxdx-setup backup verify rxdx-20260314T020000Z",
    ],
  },
  {
    because: "a name in a sentence, no command line",
    lines: [
      "docker compose",
      "docker inspect",
      "docker load",
      "docker login",
      "docker pull",
      "docker save",
      "curl -v",
      "sh -s --",
      "rxdx-setup bundle create",
      "nginx -t",
      "npm ci",
      "npm run build",
      "python -m app.db.init_schema",
      "docker compose up",
      "rxdx-setup import DIR",
    ],
  },
  {
    because: "needs the internet, or a server of the reader's own",
    lines: [
      "curl --proto '=https' --tlsv1.2 -fsSL https://example.com/releases/latest/download/install.sh | sh",
      "curl --proto '=https' --tlsv1.2 -fsSLO https://example.com/releases/latest/download/install.sh",
      "gh attestation verify install.sh --repo OWNER/REPOSITORY",
      "getent hosts rxdx.example.com",
      "npm view deno version",
      "docker save --output rxdx.tar registry.example.com/rxdx/backend:1.2.0 registry.example.com/rxdx/frontend:1.2.0 apache/age:release_PG17_1.6.0 nginx:1.30.4",
    ],
  },
  {
    because:
      "needs a registry or git server with RxDx's images; tests/e2e/image_sources_test.ts and image_build_test.ts have them",
    lines: [
      "rxdx-setup bundle create --set images.source=registry --set images.tag=1.4.0 --set images.registry=registry.example.com/rxdx",
      "rxdx-setup bundle create --sign bundle.key --output rxdx-1.4.0.bundle.tar --set images.source=registry --set images.registry=registry.example.com/rxdx --set images.tag=1.4.0",
      "rxdx-setup init --yes --set images.source=build --set images.git=https://git.example.com/RxDx.git --set images.ref=v1.2.0",
    ],
  },
  {
    because:
      "needs a stack that was installed from a bundle, and a second bundle; tests/e2e/bundle_test.ts upgrades one",
    lines: [
      "rxdx-setup upgrade --bundle rxdx-1.4.0.bundle.tar --key bundle.pub",
      "rxdx-setup upgrade --bundle rxdx-1.5.0.bundle.tar --key bundle.pub",
      "rxdx-setup upgrade --bundle rxdx-1.5.0.bundle.tar --key bundle.pub --check",
      "docker compose exec postgres psql -U rxdx rxdx_upgrade_failed",
    ],
  },
  {
    because: "needs a certificate authority; tests/e2e/acme_test.ts has one",
    lines: [
      "rxdx-setup tls issue --rehearse",
      "rxdx-setup tls issue --accept-terms --email ops@example.com",
      "rxdx-setup tls issue --accept-terms --directory https://ca.example.com/acme/directory --ca-bundle /etc/ssl/company-ca.pem",
      "rxdx-setup tls issue --directory https://ca.example.com/acme/directory --ca-bundle ca.pem",
    ],
  },
  {
    because:
      "waits up to a minute, so that not all servers ask at once; tests/e2e/renewal_timer_test.ts runs it",
    lines: ["rxdx-setup tls renew --scheduled"],
  },
  {
    because: "needs another machine with an SSH server; tests/e2e/copies_test.ts has one",
    lines: [
      "rxdx-setup backup copy --to sftp://backup@nas.example.com:22/rxdx",
      "rxdx-setup backup fetch --from sftp://backup@nas.example.com/rxdx",
      "ssh-keyscan nas.example.com > /root/.ssh/known_hosts_rxdx",
      "ssh-keygen -t ed25519 -N '' -f /root/.ssh/id_rxdx",
      "ssh-keygen -l -f /root/.ssh/known_hosts_rxdx",
      "ssh -o BatchMode=yes user@host true",
      "scp dist/rxdx-setup server:/usr/local/bin/rxdx-setup",
      "scp /opt/rxdx/backups/rxdx-20260314T220000Z.tar.age new.example.com:",
    ],
  },
  {
    because: "needs a stack that was made by hand; tests/e2e/import_test.ts has one",
    lines: [
      "rxdx-setup import /srv/RxDx --dir /opt/rxdx",
      "rxdx-setup import /srv/RxDx --set domain=rxdx.example.com --set images.source=registry --set images.registry=registry.example.com/rxdx --set images.tag=1.2.0",
      "rxdx-setup import /srv/rxdx",
      "rxdx-setup import /srv/rxdx --dir /opt/rxdx --set resources.preset=small",
      "rxdx-setup import /srv/rxdx --yes",
    ],
  },
  {
    because: "changes the machine itself, or what others on it use",
    lines: [
      "apt-get install --no-install-recommends docker.io docker-cli docker-compose iptables",
      "apt-get install npm",
      "apt-get update",
      "cp company-ca.pem /usr/local/share/ca-certificates/company-ca.crt",
      "update-ca-certificates",
      "systemctl restart docker",
      "reboot",
      "ufw deny 443",
      "iptables -I DOCKER-USER -i eth0 -p tcp -m conntrack --ctorigdstport 443 --ctdir ORIGINAL ! -s 203.0.113.0/24 -j DROP",
      "docker image prune",
      "docker image prune --all",
      "docker volume prune",
      "docker system prune --volumes",
      "systemctl list-timers 'rxdx-*'",
      "sshd -T | grep -E '^(passwordauthentication|permitrootlogin|allowusers|allowgroups)'",
      "getent group docker",
    ],
  },
  {
    because: "asks, or shows, at a terminal",
    lines: ["rclone config", "editor /dev/shm/recovery", "editor key.txt", "less install.sh"],
  },
  {
    because: "install.sh has tests of its own: tests/install/",
    lines: [
      "sh install.sh",
      "sh install.sh --no-init",
      "sh install.sh --print-deno",
      "sh install.sh --uninstall",
      "sh install.sh --bundle …",
      "RXDX_DOMAIN=rxdx.example.com sh install.sh --bundle …",
      "man rxdx-setup",
      "sudo --preserve-env=https_proxy,no_proxy sh install.sh",
      "RXDX_BASE_URL=https://mirror.example.com/rxdx RXDX_RELEASE_KEY=mirror.pub sh install.sh --yes",
      'PATH="$(dirname "$(sh install.sh --print-deno)"):$PATH"',
    ],
  },
  {
    because:
      "works on this repository: tests/run.sh, or a test that it runs, does this by the same command or calls what it calls",
    lines: [
      "sh tests/run.sh",
      // The first part of it.
      "sh tests/run.sh unit",
      // tests/install/self_update_test.ts, on a release that it makes.
      "sh tests/install/draft.sh dist/release 0.1.0",
      "RXDX_SIGNING_KEY_FILE=mirror.key deno task release",
      "deno task release",
      // sh install.sh builds by what this task calls.
      "deno task build",
      // Its parts, one by one.
      "deno task ok",
      // tests/install/fresh_test.ts.
      "sh tests/install/fresh.sh bookworm demo",
    ],
  },
  {
    because:
      "writes files of this repository; tests compare these with what it would write (docs_test.ts, lib/images, tests/golden)",
    lines: [
      "deno task embed",
      "deno task golden",
      "deno task reference",
      "RXDX_GOLDEN=update deno test",
    ],
  },
  {
    because: "needs the runtime from its vendor; the workflow release.yml runs it",
    lines: ["deno task build --form=compiled"],
  },
  {
    because: "needs the key of whoever releases",
    lines: ["git tag -s vV"],
  },
];
