/** From what was said to what will be: layers, provenance, secrets, files, on a whole machine. */
import assert from "node:assert/strict";
import { machineOf } from "../../tests/support/fake_host_machine.ts";
import { CANARIES } from "../../tests/support/samples.ts";
import { EXIT, SetupError } from "../errors.ts";
import type { Host } from "../host/types.ts";
import { readEnv, writeAssignment } from "../render/env_codec.ts";
import { findInstall, needInstall, readConfiguration } from "./install.ts";
import type { InitRequest } from "./gather.ts";
import { prepareApply, prepareInit } from "./prepare.ts";

const DIR = "/opt/rxdx";

function request(more: Partial<InitRequest> = {}): InitRequest {
  return { dir: DIR, settings: [], demo: false, ...more };
}

async function problems(host: Host, more: Partial<InitRequest>): Promise<string[]> {
  try {
    await prepareInit(host, request(more));
  } catch (error) {
    assert.ok(error instanceof SetupError && error.exit === EXIT.answers, String(error));
    return error.problems.map((problem) => problem.key);
  }
  return [];
}

const env = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([name, value]) => writeAssignment(name, value)).join("\n") + "\n";

Deno.test("flags win over variables, variables over the file, the file over what was measured", async () => {
  const { host } = machineOf({}, {
    env: { RXDX_DOMAIN: "variable.example.com", RXDX_PORTS_HTTP: "8081" },
  });
  const { plan } = await prepareInit(
    host,
    request({
      answersFile: {
        path: "a.yml",
        text: "domain: file.example.com\nports: { http: 8082, https: 8444 }\nname: acme\n",
      },
      settings: ["ports.http=8083"],
    }),
  );
  assert.equal(plan.answers.domain, "variable.example.com");
  assert.deepEqual([plan.answers.ports.http, plan.answers.ports.https], [8083, 8444]);
  const source = (path: string) => plan.provenance.get(path) ?? "default";
  assert.equal(source("domain"), "environment");
  assert.equal(source("ports.http"), "flag");
  assert.equal(source("ports.https"), "file");
  assert.equal(source("name"), "file");
  assert.equal(source("tls.mode"), "default");
  host.verify();
  assert.deepEqual(host.files.mutations, [], "nothing is changed by preparing");
});

Deno.test("problems of all layers are told at once", async () => {
  const { host } = machineOf({}, {
    env: { RXDX_PORT_HTTPS: "1", RXDX_SECRET_NOPE: "x", RXDX_SECRET_SMTP_PASSWORD: "a\nb" },
  });
  assert.deepEqual(
    await problems(host, {
      answersFile: { path: "a.yml", text: "domain: 'bad domain'\n" },
      settings: ["ports.http=eighty", "nonsense"],
    }),
    ["RXDX_PORT_HTTPS", "--set nonsense", "RXDX_SECRET_NOPE", "domain", "ports.http"],
  );
});

Deno.test("--demo and --env are settings, and an explicit --set wins over them", async () => {
  const { host } = machineOf();
  const demo = await prepareInit(host, request({ demo: true }));
  assert.equal(demo.plan.answers.images.source, "demo");
  assert.deepEqual(demo.plan.answers.aliases, ["localhost", "127.0.0.1"]);
  const other = await prepareInit(
    host,
    request({
      demo: true,
      environment: "staging",
      settings: ["environment=development", "aliases="],
    }),
  );
  assert.equal(other.plan.answers.environment, "development");
  assert.deepEqual(other.plan.answers.aliases, []);
  assert.deepEqual(await problems(host, { environment: "prod" }), ["environment"]);
});

Deno.test("a demo whose measured address is one of its aliases is valid", async () => {
  const { host } = machineOf({ addresses: [], hostname: "server1" });
  const { plan } = await prepareInit(host, request({ demo: true }));
  assert.ok(plan.names.server.includes("127.0.0.1"));
});

Deno.test("a demo moves to free ports, a registry's stack does not", async () => {
  const listeners = [{ port: 443, address: "0.0.0.0", pid: 9, process: "caddy" }];
  const { host } = machineOf({ listeners });
  assert.equal((await prepareInit(host, request())).plan.answers.ports.https, 8443);
  const registry = request({
    settings: ["images.source=registry", "images.registry=r.org/x", "images.tag=1"],
  });
  assert.equal((await prepareInit(host, registry)).plan.answers.ports.https, 443);
});

Deno.test("secrets are generated once: a second run keeps every one of them", async () => {
  const { host } = machineOf();
  const first = await prepareInit(host, request());
  assert.deepEqual(first.generated, ["POSTGRES_PASSWORD", "SECRET_KEY", "ADMIN_PASSWORD"]);
  assert.equal(first.hasPassword, false);
  const file = first.files.find((each) => each.path === ".env");
  host.files.put(`${DIR}/.env`, file?.text ?? "", { mode: 0o600 });
  const second = await prepareInit(host, request());
  assert.deepEqual(second.generated, []);
  assert.equal(second.hasPassword, true);
  assert.equal(second.files.find((each) => each.path === ".env")?.text, file?.text);
});

Deno.test("secrets come from a file of mode 0600, the environment's win, a readable file is refused", async () => {
  const { host } = machineOf({}, { env: { RXDX_SECRET_SMTP_PASSWORD: "from-environment" } });
  const text = env({ SMTP_PASSWORD: "from-file-here", IMAP_PASSWORD: "hostile $x \"y\" 'z' #" });
  host.files.put("/root/secrets", text, { mode: 0o600 });
  const { plan } = await prepareInit(
    host,
    request({ secretsFile: { path: "/root/secrets", text } }),
  );
  assert.equal(plan.secrets.SMTP_PASSWORD.reveal(), "from-environment");
  assert.equal(plan.secrets.IMAP_PASSWORD.reveal(), "hostile $x \"y\" 'z' #");
  host.files.put("/root/secrets", text, { mode: 0o640 });
  assert.deepEqual(await problems(host, { secretsFile: { path: "/root/secrets", text } }), [
    "--secrets-file /root/secrets",
  ]);
});

Deno.test("the database's password cannot be replaced over a present one", async () => {
  const { host } = machineOf({}, { env: { RXDX_SECRET_POSTGRES_PASSWORD: "another-password" } });
  host.files.put(`${DIR}/.env`, env(CANARIES), { mode: 0o600 });
  assert.deepEqual(await problems(host, {}), ["RXDX_SECRET_POSTGRES_PASSWORD"]);
});

const HAND_WRITTEN = "# mine\ndomain: rxdx.example.com\n\nports: { https: 8443 } # gateway\n";

function install(host: ReturnType<typeof machineOf>["host"], configuration = HAND_WRITTEN): void {
  host.files.put(`${DIR}/rxdx.yml`, configuration, { mode: 0o600 });
  host.files.put(`${DIR}/.env`, env(CANARIES), { mode: 0o600 });
}

Deno.test("init on an installed server keeps what is there, byte for byte", async () => {
  const { host } = machineOf({ listeners: [{ port: 8443, address: "0.0.0.0" }] });
  install(host);
  const prepared = await prepareInit(host, request());
  const text = (path: string) => prepared.files.find((each) => each.path === path)?.text;
  assert.equal(text("rxdx.yml"), HAND_WRITTEN);
  assert.equal(prepared.plan.answers.ports.https, 8443, "measuring moves nothing");
  assert.equal(readEnv(text(".env") ?? "").get("SECRET_KEY"), CANARIES.SECRET_KEY);
  const changed = await prepareInit(host, request({ settings: ["ports.https=9443"] }));
  assert.equal(
    changed.files.find((each) => each.path === "rxdx.yml")?.text,
    HAND_WRITTEN.replace("8443", "9443"),
  );
});

Deno.test("apply takes rxdx.yml as it stands; variables of the environment do not change it", async () => {
  const { host } = machineOf({}, { env: { RXDX_DOMAIN: "other.example.com" } });
  install(host);
  const prepared = await prepareApply(host, await needInstall(host, DIR));
  assert.equal(prepared.plan.answers.domain, "rxdx.example.com");
  assert.equal(prepared.files.find((each) => each.path === "rxdx.yml")?.text, HAND_WRITTEN);
});

Deno.test("a present rxdx.yml that is wrong is told with every problem, by its own name", async () => {
  const { host } = machineOf();
  install(host, "domain: 'bad domain'\nports: { https: 0 }\n");
  await assert.rejects(
    findInstall(host, DIR),
    (error) =>
      error instanceof SetupError && error.exit === EXIT.answers &&
      error.message === "2 problems in rxdx.yml; nothing was written." &&
      error.problems.length === 2,
  );
});

Deno.test("nothing installed is exit 4 and says how to begin", async () => {
  const { host } = machineOf();
  await assert.rejects(
    needInstall(host, DIR),
    (error) =>
      error instanceof SetupError && error.exit === EXIT.prerequisite &&
      error.message === "There is no RxDx stack in /opt/rxdx." &&
      /rxdx-setup init/.test(error.hint ?? ""),
  );
});

Deno.test("where a value came from is remembered while it is unchanged", () => {
  const receipt = {
    schema: 1 as const,
    name: "rxdx",
    version: "1",
    createdAt: "",
    updatedAt: "",
    files: [],
    directories: [],
    images: [],
    provenance: { domain: 'flag "rxdx.example.com"', "ports.https": "measured 443" },
    machine: [],
    nginxLoaded: "",
  };
  const { provenance } = readConfiguration(HAND_WRITTEN, receipt);
  assert.equal(provenance.get("domain"), "flag");
  assert.equal(provenance.get("ports.https"), "present", "edited since: 8443, not 443");
});

Deno.test("the files of a plan: secrets first, each path once, none outside the directory", async () => {
  const { host } = machineOf();
  const { files } = await prepareInit(host, request({ demo: true }));
  assert.equal(files[0]?.path, ".env");
  const paths = files.map((each) => each.path);
  assert.equal(new Set(paths).size, paths.length);
  for (const path of paths) assert.doesNotMatch(path, /^\/|(^|\/)\.\.(\/|$)/);
  for (
    const path of [
      "rxdx.yml",
      ".env.example",
      ".env.development",
      ".env.staging",
      ".env.production",
      "docker-compose.yml",
      "docker-compose.prod.yml",
      "nginx/nginx.conf",
      "nginx/nginx.prod.conf",
      "postgres/init/10-age.sh",
      "demo/backend/Dockerfile",
    ]
  ) assert.ok(paths.includes(path), path);
  assert.ok(!paths.includes("docker-compose.override.yml"), "that one is the operator's");
  for (const file of files) {
    const readable = /^(nginx|postgres|demo)\//.test(file.path);
    assert.equal(file.mode, readable ? 0o644 : 0o600, file.path);
  }
});
