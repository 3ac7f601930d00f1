/**
 * The containers of a production stack as Docker runs them, line by line (criteria C1 and C2): what they
 * may do, what they may use, and whom they can reach.
 */
import assert from "node:assert/strict";
import { SERVICES } from "../../lib/engine/compose.ts";
import { holdImages, must, sh, TestStack } from "../support/stack.ts";

interface Inspected {
  readonly State: { readonly Pid: number };
  readonly Config: {
    readonly User: string;
    readonly Healthcheck?: { readonly Test: readonly string[] };
    readonly Labels: Readonly<Record<string, string>>;
  };
  readonly HostConfig: {
    readonly CapDrop: readonly string[] | null;
    readonly CapAdd: readonly string[] | null;
    readonly SecurityOpt: readonly string[] | null;
    readonly Privileged: boolean;
    readonly ReadonlyRootfs: boolean;
    readonly Tmpfs: Readonly<Record<string, string>> | null;
    readonly Init: boolean | null;
    readonly PidsLimit: number | null;
    readonly Memory: number;
    readonly NanoCpus: number;
    readonly NetworkMode: string;
    readonly PidMode: string;
    readonly IpcMode: string;
    readonly LogConfig: {
      readonly Type: string;
      readonly Config: Readonly<Record<string, string>>;
    };
    readonly RestartPolicy: { readonly Name: string };
    readonly Devices: readonly unknown[] | null;
  };
  readonly Mounts: readonly {
    readonly Source: string;
    readonly RW: boolean;
    readonly Type: string;
  }[];
  readonly NetworkSettings: {
    readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>>;
    readonly Ports: Readonly<Record<string, readonly { readonly HostPort: string }[] | null>>;
  };
}

Deno.test("the containers of a production stack", async (t) => {
  await using stack = new TestStack("hard");
  await using _held = await holdImages();
  const ran = await stack.init();
  assert.equal(ran.code, 0, ran.text);
  const found = new Map<string, Inspected>();
  for (const service of SERVICES) {
    const text = await must(["docker", "inspect", `${stack.name}-${service}-1`]);
    found.set(service, (JSON.parse(text) as Inspected[])[0] ?? assert.fail());
  }

  for (const [service, { HostConfig: host, Config: config, Mounts: mounts, State }] of found) {
    await t.step(`${service}: no more rights and no more room than it needs`, async () => {
      assert.deepEqual(host.CapDrop, ["ALL"]);
      // None needs any: each has a user of its own from the start, and Docker lets any user bind port 80.
      assert.deepEqual(host.CapAdd ?? [], []);
      assert.ok(host.SecurityOpt?.includes("no-new-privileges:true"), String(host.SecurityOpt));
      assert.equal(host.Privileged, false);
      assert.deepEqual(host.Devices ?? [], []);
      assert.equal(host.ReadonlyRootfs, true);
      assert.match(host.Tmpfs?.["/tmp"] ?? "", /noexec.*nosuid.*nodev/);
      assert.equal(host.Init, true, "somebody reaps");
      assert.ok((host.PidsLimit ?? 0) > 0, "processes are limited");
      assert.ok(host.Memory > 0, "memory is limited");
      assert.ok(host.NanoCpus > 0, "CPU is limited");
      assert.ok(!["host", "none"].includes(host.NetworkMode));
      assert.equal(host.PidMode, "");
      assert.notEqual(host.IpcMode, "host");
      assert.deepEqual(host.LogConfig, {
        Type: "json-file",
        Config: { "max-size": "10m", "max-file": "3" },
      });
      assert.equal(host.RestartPolicy.Name, "unless-stopped");
      assert.ok((config.Healthcheck?.Test.length ?? 0) > 1, "a health check");
      assert.ok(!/^(|0|root)(:|$)/.test(config.User), `user ${config.User}`);
      for (const mount of mounts) {
        assert.doesNotMatch(mount.Source, /docker\.sock|^\/(?:proc|sys|etc)?$/);
        if (mount.Type === "bind") assert.equal(mount.RW, false, `${mount.Source} is read-only`);
      }
      const status = await Deno.readTextFile(`/proc/${State.Pid}/status`);
      assert.doesNotMatch(
        status.match(/^Uid:.*$/m)?.[0] ?? "Uid:\t0",
        /\b0\b/,
        "not root on the host",
      );
      assert.match(status, /^CapEff:\t0000000000000000$/m);
      assert.match(status, /^NoNewPrivs:\t1$/m);
      assert.match(status, /^Seccomp:\t2$/m);
    });
  }

  await t.step("nginx alone is published, on two ports", () => {
    for (const [service, { NetworkSettings }] of found) {
      const published = Object.values(NetworkSettings.Ports).flatMap((each) => each ?? [])
        .map((each) => Number(each.HostPort));
      assert.deepEqual(
        [...new Set(published)].sort((a, b) => a - b),
        service === "nginx" ? [stack.ports.http, stack.ports.https].sort((a, b) => a - b) : [],
        service,
      );
    }
  });

  await t.step("the database is reached from the backend and from nowhere else", async () => {
    const networks = (service: string) =>
      Object.keys(found.get(service)?.NetworkSettings.Networks ?? {}).sort();
    const internal = `${stack.name}_rxdx-internal`;
    assert.deepEqual(networks("postgres"), [internal]);
    assert.deepEqual(networks("backend"), [internal, `${stack.name}_rxdx-network`]);
    assert.deepEqual(networks("nginx"), [`${stack.name}_rxdx-network`]);
    const flag = await must([
      "docker",
      "network",
      "inspect",
      "--format",
      "{{.Internal}}",
      internal,
    ]);
    assert.equal(flag, "true");
    const address = found.get("postgres")?.NetworkSettings.Networks[internal]?.IPAddress ?? "";
    assert.match(address, /^\d+\./);
    const reach = (service: string, target: string) =>
      sh([
        ...["docker", "exec", `${stack.name}-${service}-1`, "curl", "-s", "--noproxy", "*"],
        ...["--connect-timeout", "3", `telnet://${target}:5432`, "--max-time", "4"],
      ], { stdin: "" });
    for (const target of ["postgres", address]) {
      const from = await reach("nginx", target);
      // 6: no such name; 7, 28: no way there.
      assert.ok([6, 7, 28].includes(from.code), `nginx to ${target}: ${from.code} ${from.text}`);
    }
    const backend = await sh([
      ...["docker", "exec", `${stack.name}-backend-1`, "python3", "-c"],
      `import socket; socket.create_connection(("postgres", 5432), 3); print("connected")`,
    ]);
    assert.match(backend.stdout, /connected/, backend.text);
  });

  await t.step("nothing inside can write where programs are", async () => {
    for (const service of SERVICES) {
      const tried = await sh([
        ...["docker", "exec", `${stack.name}-${service}-1`, "sh", "-c"],
        "touch /usr/bin/x 2>/dev/null || touch /etc/x 2>/dev/null || cp /bin/true /tmp/x && /tmp/x",
      ]);
      assert.notEqual(tried.code, 0, `${service}: ${tried.text}`);
    }
  });
});
