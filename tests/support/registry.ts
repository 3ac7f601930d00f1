/** A registry of images on loopback for a test: Debian's `docker-registry`, with or without a login. */
import { freePort } from "./stack.ts";

/** Its one login. The file holds the bcrypt hash of the password. */
export const LOGIN = { username: "deploy", password: "correct-horse-battery" } as const;
const HTPASSWD = "deploy:$2y$05$abcdefghijklmnopqrstuuSnF5tLPqPFqc0z9CY0HcSLFbSRlL67u\n";

export async function haveRegistry(): Promise<boolean> {
  return await new Deno.Command("docker-registry", { args: ["--version"] }).output()
    .then(({ code }) => code === 0, () => false);
}

export interface Registry extends AsyncDisposable {
  /** `127.0.0.1:5001` */
  readonly address: string;
}

export async function startRegistry(options: { login: boolean }): Promise<Registry> {
  const directory = await Deno.makeTempDir({ prefix: "rxdx-registry-" });
  const address = `127.0.0.1:${freePort()}`;
  const auth = options.login
    ? `auth:\n  htpasswd:\n    realm: test\n    path: ${directory}/htpasswd\n`
    : "";
  await Deno.writeTextFile(`${directory}/htpasswd`, HTPASSWD);
  await Deno.writeTextFile(
    `${directory}/config.yml`,
    `version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: ${directory}/data\n` +
      `http:\n  addr: ${address}\n${auth}`,
  );
  const child = new Deno.Command("docker-registry", {
    args: ["serve", `${directory}/config.yml`],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  for (let tries = 0;; tries++) {
    const answer = await fetch(`http://${address}/v2/`).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer !== undefined) break;
    if (tries > 200) throw new Error("the registry does not answer");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    address,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
      await Deno.remove(directory, { recursive: true });
    },
  };
}
