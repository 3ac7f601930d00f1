/**
 * Fetching images from registries: with a login that is used for this and left nowhere, and with
 * failures told apart.
 */
import { EXIT, SetupError } from "../errors.ts";
import type { Host } from "../host/types.ts";
import type { Secret } from "../plan/secret.ts";
import { tail } from "../steps/command.ts";
import type { StepReport } from "../steps/step.ts";

export interface Login {
  readonly registry: string;
  readonly username: string;
  readonly password: Secret;
}

/** Host and port of `registry.example.com:5000/rxdx`; what `docker login` takes. */
export function registryHostOf(repository: string): string {
  return repository.split("/")[0] ?? repository;
}

/** What a failed pull means. Texts are those of Docker and of the distribution registries. */
export function pullFailure(image: string, stderr: string): SetupError {
  const text = stderr.toLowerCase();
  const fail = (code: string, message: string, hint: string) =>
    new SetupError({ code, message, hint, exit: EXIT.prerequisite });
  if (text.includes("no space left on device")) {
    return fail(
      "disk_full",
      `The disk is full; ${image} could not be stored.`,
      "docker system df; docker image prune",
    );
  }
  if (/no matching manifest for|does not match the specified platform/.test(text)) {
    return fail(
      "wrong_architecture",
      `${image} is not there for this machine's architecture.`,
      "Choose a tag that was built for it: images.tag in rxdx.yml",
    );
  }
  if (
    /incorrect username or password|unauthorized|authentication required|no basic auth credentials|403 forbidden/
      .test(text)
  ) {
    return fail(
      "registry_login",
      `The registry refuses the login for ${image}.`,
      "Check images.username in rxdx.yml and REGISTRY_PASSWORD (RXDX_SECRET_REGISTRY_PASSWORD)",
    );
  }
  if (/manifest unknown|not found|name unknown|repository does not exist|denied/.test(text)) {
    return fail(
      "image_not_found",
      `The registry has no ${image}, or does not show it without a login.`,
      "Check images.registry and images.tag in rxdx.yml, and the login",
    );
  }
  return fail(
    "registry_unreachable",
    `${image} could not be fetched:\n${tail(stderr, 4)}`,
    "rxdx-setup check registry; behind a proxy Docker needs its own proxy settings",
  );
}

/** Fetches images one after the other; those of the login's registry with it. */
export async function pullImages(
  host: Host,
  dir: string,
  images: readonly string[],
  login: Login | undefined,
  report: StepReport,
  signal: AbortSignal,
): Promise<void> {
  const pull = async (image: string, env: Readonly<Record<string, string>>) => {
    report.detail(`docker pull ${image}`);
    const result = await host.process.run(["docker", "pull", image], {
      env,
      signal,
      onLine: (line) => report.detail(line.trim()),
    });
    signal.throwIfAborted();
    if (result.code !== 0) throw pullFailure(image, result.stderr);
  };
  const own = (image: string) =>
    login !== undefined && registryHostOf(image) === registryHostOf(login.registry);
  for (const image of images.filter((each) => !own(each))) await pull(image, {});
  const mine = images.filter(own);
  if (login === undefined || mine.length === 0) return;
  await withLogin(host, dir, login, signal, async (env) => {
    for (const image of mine) await pull(image, env);
  });
}

/** Docker keeps logins in a file of the user's; this one is private and gone afterwards. */
async function withLogin(
  host: Host,
  dir: string,
  { registry, username, password }: Login,
  signal: AbortSignal,
  body: (env: Readonly<Record<string, string>>) => Promise<void>,
): Promise<void> {
  const home = `${dir}/.rxdx/tmp/docker-login`;
  await host.files.remove(home, { recursive: true });
  await host.files.mkdir(home, 0o700);
  const env = { DOCKER_CONFIG: home };
  try {
    const where = registryHostOf(registry);
    const result = await host.process.run(
      ["docker", "login", "--username", username, "--password-stdin", where],
      { env, signal, stdin: password.reveal() },
    );
    signal.throwIfAborted();
    if (result.code !== 0) throw pullFailure(`${registry}/…`, result.stderr);
    await body(env);
  } finally {
    await host.files.remove(home, { recursive: true });
  }
}
