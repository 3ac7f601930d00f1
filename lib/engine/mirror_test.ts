/** The mirror is the machine's own, in either of apt's formats, never a built-in one. */
import assert from "node:assert/strict";
import { FakeHost, withFakeHost } from "../../tests/support/fake_host.ts";
import { debianMirror, mirrorFrom, packageServer } from "./mirror.ts";

const CASES: readonly (readonly [string, string | undefined])[] = [
  ["deb http://mirror.example.org/debian bookworm main\n", "http://mirror.example.org/debian"],
  [
    "# deb http://old.example.org/debian x main\n" +
    "deb cdrom:[Debian 12]/ bookworm main\n" +
    "deb http://security.debian.org/debian-security bookworm-security main\n" +
    "deb [arch=amd64 signed-by=/k.gpg] https://mirror.example.org/debian bookworm main\n",
    "https://mirror.example.org/debian",
  ],
  [
    "Types: deb\nURIs: http://mirror.example.org/debian\nSuites: bookworm\nComponents: main\n",
    "http://mirror.example.org/debian",
  ],
  [
    "#URIs: http://no.example.org/\nTypes: deb\nURIs:   http://yes.example.org/debian/ \n",
    "http://yes.example.org/debian/",
  ],
  ["deb-src http://mirror.example.org/debian bookworm main\n", undefined],
  ["URIs: http://mirror.example.org/debian-security\n", undefined],
  ["", undefined],
  ["deb file:/srv/mirror bookworm main\n", undefined],
];

Deno.test("the first live mirror of the sources is taken", () => {
  for (const [text, mirror] of CASES) assert.equal(mirrorFrom([text]), mirror, text);
  assert.equal(mirrorFrom([]), undefined);
  assert.equal(
    mirrorFrom(["# nothing\n", "deb http://b.example.org/debian x main\n"]),
    "http://b.example.org/debian",
  );
});

Deno.test("only the distribution's own source files are asked, not a third party's", () =>
  withFakeHost({}, async (host) => {
    host.files.put(
      "/etc/apt/sources.list.d/vendor.list",
      "deb https://vendor.example.com/apt stable main\n",
    );
    assert.equal(await debianMirror(host), undefined);
    host.files.put(
      "/etc/apt/sources.list.d/debian.sources",
      "Types: deb\nURIs: http://mirror.example.org/debian\n",
    );
    assert.equal(await debianMirror(host), "http://mirror.example.org/debian");
  }));

Deno.test("the package server of other distributions, as an origin", async () => {
  const server = async (path: string, text: string) => {
    const host = new FakeHost();
    host.files.put(path, text);
    return await packageServer(host);
  };
  const wanted = "https://mirror.example.com";
  assert.equal(
    await server("/etc/apt/sources.list", `deb ${wanted}/debian bookworm main\n`),
    wanted,
  );
  assert.equal(
    await server("/etc/apt/sources.list.d/ubuntu.sources", `Types: deb\nURIs: ${wanted}/ubuntu\n`),
    wanted,
  );
  assert.equal(
    await server(
      "/etc/yum.repos.d/a.repo",
      `[a]\n#baseurl=http://x/\nmetalink=${wanted}/m?r=$releasever\n`,
    ),
    wanted,
  );
  assert.equal(await server("/etc/apk/repositories", `${wanted}/alpine/v3.20/main\n`), wanted);
  assert.equal(await server("/etc/other", "x"), undefined);
});
