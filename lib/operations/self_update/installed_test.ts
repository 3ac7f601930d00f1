/** What a key is, in each of the forms in which an operator may give it. */
import assert from "node:assert/strict";
import { FakeHost } from "../../../tests/support/fake_host.ts";
import { SetupError } from "../../errors.ts";
import { keysFrom } from "./installed.ts";

const ONE = "RWRUyDepgUKuKFdWHkrJiJAMiofM0XuBwFyUG3qWHdUnKBo4RiPux8qn";
const TWO = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

Deno.test("keys by their text, or in a file with comments, from any system", async () => {
  const forms: readonly (readonly [string, readonly string[]])[] = [
    [ONE, [ONE]],
    [`${ONE} ${TWO}`, [ONE, TWO]],
    [`untrusted comment: of the makers\n${ONE}\n`, [ONE]],
    [`untrusted comment: of the makers\r\n${ONE}\r\n`, [ONE]],
    [`# until March\n${ONE}\n\n# from April\n  ${TWO}  \n`, [ONE, TWO]],
    [`${ONE}\t# of the makers\n`, [ONE]],
  ];
  for (const [text, keys] of forms) {
    const host = new FakeHost();
    await host.files.writeAtomic("/keys.pub", text, { mode: 0o644 });
    assert.deepEqual(await keysFrom(host, text), keys, text);
    assert.deepEqual(await keysFrom(host, "/keys.pub"), keys, text);
  }
});

Deno.test("what is none, and one that is damaged beside a good one", async () => {
  const host = new FakeHost();
  await host.files.writeAtomic("/none.pub", "# nothing\n", { mode: 0o644 });
  for (const given of ["/none.pub", "/nowhere.pub", `${ONE} ${TWO.slice(0, -1)}`]) {
    await assert.rejects(
      keysFrom(host, given),
      (error) => error instanceof SetupError && error.code === "key_malformed",
      given,
    );
  }
});
