/**
 * The download door of install.sh against a release on a loopback server: installed only when
 * checksum and signature hold, refused in every other case, and handed over with its options.
 */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { host, inScratch, must, PATH, ROOT, run, tree } from "./support.ts";

const FILE = `rxdx-setup-1.2.3-${host.system.arch}-unknown-linux-gnu`;

/** Says how it was called, which is all that the hand-over can be seen by. */
const PROGRAM = `#!/bin/sh
[ "$1" = --version ] || printf '<%s>' "$@"
`;

interface Release {
  readonly files: Map<string, Uint8Array>;
  readonly url: string;
  readonly key: string;
  readonly scratch: string;
}

/** Serves a release that is signed with a key of this run. */
async function withRelease(body: (release: Release) => Promise<void>): Promise<void> {
  await inScratch(async (scratch) => {
    const key = `${scratch}/key.pem`;
    await must(
      "openssl",
      "ecparam",
      "-name",
      "prime256v1",
      "-genkey",
      "-noout",
      "-out",
      `${scratch}/private.pem`,
    );
    await must("openssl", "ec", "-in", `${scratch}/private.pem`, "-pubout", "-out", key);
    await host.files.writeAtomic(`${scratch}/${FILE}`, PROGRAM, { mode: 0o644 });
    await must("sh", "-c", `cd "$1" && sha256sum "$2" >SHA256SUMS`, "-", scratch, FILE);
    const sign = ["-sign", `${scratch}/private.pem`, "-out", `${scratch}/SHA256SUMS.sig`];
    await must("openssl", "dgst", "-sha256", ...sign, `${scratch}/SHA256SUMS`);
    const files = new Map<string, Uint8Array>();
    for (const name of [FILE, "SHA256SUMS", "SHA256SUMS.sig"]) {
      files.set(
        `/1.2.3/${name}`,
        await host.files.readBytes(`${scratch}/${name}`) ?? new Uint8Array(),
      );
    }
    const server = createServer((request, response) => {
      const content = files.get(request.url ?? "");
      response.writeHead(content === undefined ? 404 : 200);
      response.end(content);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    try {
      await body({ files, url: `http://127.0.0.1:${port}`, key, scratch });
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
}

/** `curl … | sh -s -- …`: the script comes from standard input. */
async function pipe(
  release: Release,
  args: readonly string[],
  env: Record<string, string> = {},
) {
  return await run(["sh", "-s", "--", "--prefix", `${release.scratch}/prefix`, ...args], {
    stdin: await host.files.readText(`${ROOT}/install.sh`) ?? "",
    env: {
      PATH,
      HOME: release.scratch,
      RXDX_BASE_URL: release.url,
      RXDX_RELEASE_KEY: release.key,
      ...env,
    },
  });
}

Deno.test("a verified release is installed and handed its options", async () => {
  await withRelease(async (release) => {
    const options = ["--demo", "--yes", "--no-engine", "--dir", "/srv/a b"];
    const said = await pipe(release, [...options, "--version", "1.2.3"]);
    assert.equal(said.code, 0, said.stderr);
    assert.equal(said.stdout, "<init><--demo><--yes><--no-engine><--dir></srv/a b>");
    assert.deepEqual(await tree(`${release.scratch}/prefix`), [
      "bin",
      "bin/rxdx-setup",
      "share",
      "share/rxdx-setup",
      "share/rxdx-setup/receipt",
    ]);
    const only = await pipe(release, ["--no-init"], { RXDX_VERSION: "1.2.3" });
    assert.deepEqual([only.code, only.stdout], [0, ""]);
  });
});

Deno.test("whatever cannot be verified is refused, and nothing is installed", async (test) => {
  const flip = (bytes: Uint8Array) =>
    bytes.map((byte, at) => at === bytes.length >> 1 ? byte ^ 1 : byte);
  const tamper = (name: string) => ({ files }: Release) => {
    files.set(`/1.2.3/${name}`, flip(files.get(`/1.2.3/${name}`) ?? new Uint8Array()));
  };
  const remove = (name: string) => ({ files }: Release) => void files.delete(`/1.2.3/${name}`);
  const without = async (scratch: string, missing: string) => {
    // Every program but one, as links.
    await must(
      "sh",
      "-c",
      `mkdir "$1/few"; ln -s /usr/bin/* /bin/* "$1/few/" 2>/dev/null; rm "$1/few/$2"`,
      "-",
      scratch,
      missing,
    );
    return `${scratch}/few`;
  };
  const cases: [string, (release: Release) => void, Record<string, string>, number, RegExp][] = [
    ["a byte of the program", tamper(FILE), {}, 5, /does not match its checksum/],
    ["a byte of SHA256SUMS", tamper("SHA256SUMS"), {}, 5, /signature of SHA256SUMS is not valid/],
    ["a byte of the signature", tamper("SHA256SUMS.sig"), {}, 5, /signature .* is not valid/],
    ["no signature", remove("SHA256SUMS.sig"), {}, 5, /SHA256SUMS\.sig cannot be had/],
    ["no checksums", remove("SHA256SUMS"), {}, 5, /SHA256SUMS cannot be had/],
    ["no program", remove(FILE), {}, 5, /cannot be had/],
    ["no key", () => undefined, { RXDX_RELEASE_KEY: "" }, 4, /no release key has been published/],
    ["no release at all", () => undefined, { RXDX_BASE_URL: "" }, 4, /No signed release/],
    [
      "plain http",
      () => undefined,
      { RXDX_BASE_URL: "http://192.0.2.1" },
      2,
      /not an https address/,
    ],
    ["no openssl", () => undefined, { PATH: "openssl" }, 4, /openssl is missing/],
    ["no sha256sum", () => undefined, { PATH: "sha256sum" }, 4, /sha256sum is missing/],
  ];
  for (const [name, spoil, env, code, expected] of cases) {
    await test.step(name, async () => {
      await withRelease(async (release) => {
        spoil(release);
        const missing = env["PATH"];
        const path = missing === undefined ? {} : { PATH: await without(release.scratch, missing) };
        const said = await pipe(release, ["--yes", "--version", "1.2.3"], { ...env, ...path });
        assert.equal(said.code, code, said.stderr);
        assert.match(said.stderr, expected);
        assert.equal(said.stdout, "");
        assert.equal(await host.files.stat(`${release.scratch}/prefix`), undefined);
      });
    });
  }
});
