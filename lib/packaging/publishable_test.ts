/** A release that people could not use, or not read about, is not published. */
import assert from "node:assert/strict";
import { type Candidate, obstacles } from "./publishable.ts";

const KEY = "RWRUyDepgUKuKFdWHkrJiJAMiofM0XuBwFyUG3qWHdUnKBo4RiPux8qn";
const OTHER = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
const URL = "https://example.com/releases";

const installer = (url: string, ...keys: string[]) =>
  `#!/bin/sh\nRELEASE_URL='${url}'\nRELEASE_KEYS='${keys.join(" ")}'\n`;
const changelog = (heading: string, text: string) =>
  `# Changelog\n\n## [Unreleased]\n\n${heading}\n\n${text}\n\n## [1.1.0] - 2026-01-01\n\n- Old.\n`;

const GOOD: Candidate = {
  version: "1.2.0",
  changelog: changelog("## [1.2.0] - 2026-03-14", "### Added\n\n- New."),
  installer: installer(URL, KEY),
  signer: KEY,
  url: URL,
  keys: [KEY],
};

Deno.test("a finished version with a place and a key that people know is published", () => {
  assert.deepEqual(obstacles(GOOD), []);
  const changing = { installer: installer(URL, OTHER, KEY), keys: [OTHER, KEY] };
  assert.deepEqual(obstacles({ ...GOOD, ...changing }), [], "while the key is changed");
});

const CASES: readonly (readonly [string, Partial<Candidate>, RegExp])[] = [
  ["no place", { url: "", installer: installer("", KEY) }, /^RELEASE_URL .* is empty/],
  ["no key", { keys: [], installer: installer(URL) }, /^RELEASE_KEYS .* is empty/],
  ["the wrong key to sign with", { signer: OTHER }, /^The key to sign with is none of/],
  ["another place in the script", { installer: installer("", KEY) }, /^RELEASE_URL in install\.sh/],
  ["another key in the script", { installer: installer(URL, OTHER) }, /^RELEASE_KEYS in install/],
  ["no section", { version: "1.3.0" }, /has no section for 1\.3\.0/],
  [
    "a section that is not finished",
    { changelog: changelog("## [1.2.0] - Unreleased", "- New.") },
    /says "## \[1\.2\.0\] - Unreleased"/,
  ],
  ...["", "### Added\n\n### Fixed", "[1.2.0]: https://example.com/1.2.0"].map((text) =>
    [
      `a section that says nothing: ${JSON.stringify(text)}`,
      { changelog: changelog("## [1.2.0] - 2026-03-14", text) },
      /section for 1\.2\.0 .* is empty/,
    ] as const
  ),
];
for (const [name, change, expected] of CASES) {
  Deno.test(`not published: ${name}`, () => {
    const found = obstacles({ ...GOOD, ...change });
    assert.equal(found.length, 1, found.join("\n"));
    assert.match(found[0] ?? "", expected);
  });
}

Deno.test("all that is missing is said at once", () => {
  const bare = { url: "", keys: [], changelog: changelog("## [1.2.0] - unreleased", "") };
  assert.equal(obstacles({ ...GOOD, ...bare, installer: installer("") }).length, 4);
});
