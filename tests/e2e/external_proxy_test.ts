/**
 * TLS that ends at a proxy in front (`tls.mode: external`): a second nginx with a certificate of its own,
 * on the stack's network. Login, no redirect loop, and nobody but the proxy is believed about anything.
 */
import assert from "node:assert/strict";
import { ask, NAME } from "../support/raw_http.ts";
import { freePort, holdImages, must, productionImages, sh, TestStack } from "../support/stack.ts";
import { serverCertificate } from "../support/pebble.ts";
import { readyAnswer } from "../support/readiness.ts";
import { eventually } from "../support/tmux.ts";

/** What an operator writes for a proxy in front of RxDx. */
const PROXY = `
daemon off;
pid /tmp/nginx.pid;
error_log stderr warn;
events {}
http {
    access_log off;
    client_body_temp_path /tmp/b; proxy_temp_path /tmp/p; fastcgi_temp_path /tmp/f;
    uwsgi_temp_path /tmp/u; scgi_temp_path /tmp/s;
    map $http_upgrade $connection_upgrade { default upgrade; "" close; }
    server {
        listen 8443 ssl;
        listen 8080;
        ssl_certificate /etc/proxy/cert.pem;
        ssl_certificate_key /etc/proxy/key.pem;
        location / {
            resolver 127.0.0.11;
            set $stack nginx;
            proxy_pass http://$stack:80;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
        }
    }
}
`;

Deno.test("a proxy in front that ends TLS", async (t) => {
  await using stack = new TestStack("external");
  await using _held = await holdImages();
  const image = (await productionImages()).get("nginx") ?? assert.fail();
  const place = stack.place;
  const proxy = `${stack.name}-proxy`;
  const port = freePort();
  const ran = await stack.init([
    ...["--set", `domain=${NAME}`, "--set", "aliases=", "--set", "tls.mode=external"],
    // Somebody else's address for now; the proxy's own is known when it runs.
    ...["--set", "tls.trusted_proxies=192.0.2.1"],
    // There must be no problem in the end, and how full the disk of this machine is shall be none.
    ...["--set", "alerts.disk_percent=100"],
  ]);
  assert.equal(ran.code, 0, ran.text);
  await serverCertificate(place);
  await Deno.writeTextFile(`${place}/proxy.conf`, PROXY);
  await must(["chmod", "-R", "a+rX", place]);
  const network = `${stack.name}_rxdx-network`;
  await must([
    ...["docker", "run", "--detach", "--name", proxy, "--network", network],
    ...["--publish", `127.0.0.1:${port}:8443`, "--volume", `${place}:/etc/proxy:ro`],
    ...["--entrypoint", "nginx", image, "-c", "/etc/proxy/proxy.conf"],
  ]);
  try {
    const address = await must(["docker", "inspect", "--format"].concat([
      "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}",
      proxy,
    ]));

    // Docker takes connections for it before it listens.
    await eventually(
      "the proxy in front",
      () => ask({ port, path: "/health", name: NAME }).then(() => true, () => false),
    );

    await t.step("a proxy that was not declared is refused, in words that help", async () => {
      const answer = await ask({ port, path: "/api/v1/auth/me", name: NAME });
      assert.equal(answer.status, 403);
      assert.match(answer.body, /tls\.trusted_proxies/);
      const health = await readyAnswer(() => ask({ port, path: "/health" }));
      assert.equal(health.status, 200, "health is open");
    });

    await stack.ok(["config", "set", `tls.trusted_proxies=${address}`]);
    const before = await stack.containers();
    await stack.ok(["apply", "--yes"]);
    assert.deepEqual(await stack.containers(), before, "declared by a reload");

    await t.step("pages and login work, and nothing redirects in a circle", async () => {
      const page = await ask({ port, path: "/" });
      assert.equal(page.status, 200);
      assert.match(page.body, /<script/);
      const env = stack.env();
      const login = await ask({
        port,
        path: "/api/v1/auth/login",
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          email: env.get("ADMIN_EMAIL"),
          password: env.get("ADMIN_PASSWORD"),
        }),
      });
      assert.equal(login.status, 200, login.body);
    });

    await t.step(
      "what the proxy received unencrypted goes to HTTPS, without our port",
      async () => {
        const answer = await inContainer(["-si", "-H", `Host: ${NAME}`, `http://${proxy}:8080/x`]);
        assert.match(answer, /^HTTP\/1\.1 301 /);
        assert.match(answer, new RegExp(`location: https://${NAME}/x`, "i"));
      },
    );

    await t.step("past the proxy nobody gets in, whatever they claim", async () => {
      const claims = { "x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.7" };
      const answer = await ask({
        port: stack.ports.http,
        tls: false,
        path: "/",
        headers: claims,
      });
      assert.equal(answer.status, 403);
      const health = await readyAnswer(() =>
        ask({ port: stack.ports.http, tls: false, path: "/health" })
      );
      assert.equal(health.status, 200, "health is open");
    });

    await t.step("the log and the limits know the client behind the proxy", async () => {
      const login = (claimed: string) =>
        inContainer([
          ...["-sk", "-o", "/dev/null", "-w", "%{http_code}", "-X", "POST", "-d", "{}"],
          ...["-H", `Host: ${NAME}`, "-H", `X-Forwarded-For: ${claimed}`],
          `https://${proxy}:8443/api/v1/auth/login`,
        ]);
      // Each container is a client with an address of its own; what they claim besides is not believed.
      const first: string[] = [];
      const network = await keptContainer();
      try {
        for (let index = 0; index < 8; index++) first.push(await exec(network.first, index));
        assert.ok(first.filter((status) => status === "429").length >= 3, first.join(" "));
        assert.notEqual(await exec(network.second, 0), "429", "another client has another bucket");
      } finally {
        await sh(["docker", "rm", "--force", network.first, network.second]);
      }
      assert.notEqual(await login("198.51.100.1"), "403");
      const lines = (await must(["docker", "logs", `${stack.name}-nginx-1`])).split("\n")
        .filter((line) => line.startsWith("{")).map((line) => JSON.parse(line))
        .filter((line) => line.uri === "/api/v1/auth/login");
      const addresses = new Set(lines.map((line) => line.remote_addr));
      assert.ok(!addresses.has(address), "not the proxy's");
      assert.ok(![...addresses].some((each) => /^(198\.51\.100|203\.0\.113)\./.test(each)));
    });

    await t.step("no certificate is made, shown or missed", async () => {
      const status = JSON.parse((await stack.ok(["status", "--json"])).stdout);
      assert.deepEqual([status.tls.mode, status.tls.not_after], ["external", null]);
      assert.deepEqual(status.problems, []);
      const ran = await stack.run(["tls", "issue", "--yes", "--accept-terms"]);
      assert.equal(ran.code, 3, ran.text);
      assert.match(ran.stderr, /proxy in front[\s\S]*config set tls\.mode=letsencrypt/);
      assert.equal((await stack.run(["plan"])).code, 0);
    });
  } finally {
    await sh(["docker", "rm", "--force", proxy]);
  }

  /** curl in a container of its own on the stack's network. */
  function inContainer(args: readonly string[]): Promise<string> {
    return must([
      "docker",
      "run",
      "--rm",
      "--network",
      network,
      "--entrypoint",
      "curl",
      image,
      ...args,
    ]);
  }

  async function keptContainer(): Promise<{ first: string; second: string }> {
    const names = { first: `${stack.name}-client-1`, second: `${stack.name}-client-2` };
    for (const name of Object.values(names)) {
      await must([
        ...["docker", "run", "--detach", "--name", name, "--network", network],
        ...["--entrypoint", "sleep", image, "120"],
      ]);
    }
    return names;
  }

  function exec(container: string, index: number): Promise<string> {
    return must([
      ...["docker", "exec", container, "curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}"],
      ...["-X", "POST", "-d", "{}", "-H", `Host: ${NAME}`],
      ...["-H", `X-Forwarded-For: 203.0.113.${index}`, `https://${proxy}:8443/api/v1/auth/login`],
    ]);
  }
});
