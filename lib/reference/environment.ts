/** docs/reference/env.md, from the list of variables of `.env`. Pure; called by `pages.ts`. */
import { type Environment, ENVIRONMENTS } from "../answers/schema.ts";
import { Secret } from "../plan/secret.ts";
import { SECRET_DOC, SECRET_NAMES } from "../secrets/secrets.ts";
import { SECRET_VARIABLES, type Variable, VARIABLES } from "../render/variables.ts";
import { code, type Page, page, table } from "./page.ts";
import { referencePlan } from "./reference_plan.ts";

const INTRO =
  "`.env` holds every value the containers read, and the secrets. It is written by rxdx-setup " +
  "from [`rxdx.yml`](rxdx-yml.md) with mode 0600; change `rxdx.yml`, not this file. Compose reads it " +
  "by itself, so `docker compose ps` works in the install directory without flags. Plain " +
  "`docker compose` takes a variable of the process environment first, then `.env`, then the default " +
  "in the Compose file; rxdx-setup itself takes the variables of this page out of the environment of " +
  "the Compose that it runs ([ADR 0010](../adr/0010-compose-without-the-shells-variables.md)).";

const DEFAULTS = "Defaults are those of a machine with 2 CPUs and 4 GiB, the domain " +
  "`rxdx.example.com`, demo images. `.env.example`, `.env.development`, `.env.staging` and " +
  "`.env.production` in the install directory document the same without secrets; nothing reads them.";

/** Variables that rxdx-setup itself reads. A test compares them with the code. */
const READ: readonly (readonly [name: string, meaning: string])[] = [
  ["RXDX_DIR", "Install directory; `--dir` wins."],
  ["RXDX_<KEY>", "`init`: the value of a key of `rxdx.yml`, for example `RXDX_PORTS_HTTPS=8443`."],
  ["RXDX_SECRET_<NAME>", "`init`: a secret, see [Secrets](#secrets)."],
  ["ACCESSIBLE", "Not empty and not `0`: plain lines, as `--accessible`."],
  ["NO_COLOR", "Not empty: no colour, as `--no-color`."],
  ["TERM", "`dumb`: no colour, no cursor movement, no dashboard."],
  ["CI", "Set: progress as plain lines."],
  ["TMPDIR", "Where private temporary files and traces of bugs go; `/tmp` otherwise."],
  ["PATH", "Where programs are looked for."],
  ["VISUAL, EDITOR", "`config edit`: the editor, with its flags; the first one that is set."],
  ["HOME", "The install directory of a user other than root is below it."],
  ["PWD", "Relative paths are relative to it."],
  ["DOCKER_HOST", "`unix://…` of the Docker daemon. Other kinds are refused."],
  ["DOCKER_CONFIG", "`support-bundle`: where `docker login` keeps its logins, to take them out."],
  ["SUDO_USER, SSH_CONNECTION", "Who called `sudo` and from where, for the record of changes."],
  ["SUDO_UID, SUDO_GID", "`support-bundle`: who may read the bundle that `sudo` has made."],
  ["RXDX_ROOTLESS", "`1`: use the rootless daemon's socket in `XDG_RUNTIME_DIR`."],
  ["XDG_RUNTIME_DIR", "See `RXDX_ROOTLESS`."],
  [
    "http_proxy, https_proxy, no_proxy",
    "Passed on to downloads and image builds, also in capitals.",
  ],
  [
    "XDG_STATE_HOME",
    "Where the answers of an unfinished wizard are kept; `~/.local/state` when it is not set.",
  ],
  [
    "XDG_CACHE_HOME",
    "Where the portable executable unpacks itself; otherwise `/var/cache` as root, `~/.cache`.",
  ],
  [
    "RXDX_VERSION, RXDX_BASE_URL, RXDX_RELEASE_KEY",
    "`install.sh`, and the last two `self-update` and `verify`: release, mirror, public key of it.",
  ],
  [
    "RXDX_STALL_SECONDS",
    "Downloads of releases: so long may nothing come before it is given up; 30 when it is not set.",
  ],
  [
    "RXDX_SIGNING_KEY, RXDX_SIGNING_KEY_FILE, SOURCE_DATE_EPOCH",
    "`deno task release`: the secret key, or a file with it; the time of what is in the archives.",
  ],
  [
    "UV_DEFAULT_INDEX, UV_INDEX_URL, PIP_INDEX_URL, NPM_CONFIG_REGISTRY, npm_config_registry",
    "`images.source: build`: package indexes of the build; else the settings of pip and npm.",
  ],
  ["SSL_CERT_FILE", "Certificate authorities to trust, here and in builds."],
  ["DENORT_BIN", "`deno task build`: the runtime for the compiled form."],
  ["RXDX_FAILPOINT", "Tests: end the process before or after a step. Never set it in use."],
];

/** The hash in the tag of a demo image changes with its source. */
function withoutHash(value: string): string {
  return value.replace(/^(rxdx-demo\/\w+):[0-9a-f]+$/, "$1:…");
}

function defaultOf(variable: Variable): string {
  if (SECRET_VARIABLES.has(variable.name)) return "secret";
  const values = ENVIRONMENTS.map((environment): [Environment, string] => {
    const value = variable.value(
      referencePlan({
        environment,
        // What `init` sets for development.
        ...(environment === "development" ? { application: { log_level: "DEBUG" } } : {}),
      }),
    );
    if (value instanceof Secret) throw new Error(`${variable.name} is a secret and not listed`);
    return [environment, withoutHash(value)];
  });
  const spelled = (value: string) => value === "" ? "empty" : code(value);
  const [[, first] = ["", ""]] = values;
  if (values.every(([, value]) => value === first)) return spelled(first);
  const groups = Map.groupBy(values, ([, value]) => value);
  return [...groups].map(([value, of]) =>
    `${of.map(([environment]) => environment).join(", ")}: ${spelled(value)}`
  ).join("; ");
}

export function environmentPage(): Page {
  const sections = [...new Set(VARIABLES.map((variable) => variable.section))];
  return page("env.md", "lib/render/variables.ts", [
    "# Variables",
    INTRO,
    DEFAULTS,
    ...sections.flatMap((section) => [
      `## ${section}`,
      table(
        ["Variable", "Default", "Meaning"],
        VARIABLES.filter((variable) => variable.section === section)
          .map((variable) => [code(variable.name), defaultOf(variable), variable.doc]),
      ),
    ]),
    "## Secrets",
    "Generated once from the system's random source (256 bits) where a value is needed and none is " +
    "given, then kept until they are rotated ([secrets](../guide/secrets.md)). To bring your own, give " +
    "`RXDX_SECRET_<NAME>` to `rxdx-setup init` or `secrets rotate`, or `NAME=value` lines in a file of mode 0600 with `--secrets-file`. They never " +
    "stand on a command line, in `rxdx.yml`, in the journal or in any output.",
    table(["Name", "Meaning"], SECRET_NAMES.map((name) => [code(name), SECRET_DOC[name]])),
    "`DATABASE_URL` holds the database password too, and is treated as a secret.",
    "## Read by rxdx-setup",
    "From the environment of the process, not from `.env`:",
    table(["Variable", "Meaning"], READ.map(([name, meaning]) => [code(name), meaning])),
  ]);
}
