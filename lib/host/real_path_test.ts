/** What a path stands for, on a real file system. */
import assert from "node:assert/strict";
import { realPath } from "./real_path.ts";

Deno.test("links are followed, the last part may be missing, a circle is nothing", async () => {
  const top = await Deno.realPath(await Deno.makeTempDir());
  try {
    await Deno.mkdir(`${top}/real/deep`, { recursive: true });
    await Deno.symlink("real", `${top}/link`);
    await Deno.symlink("round", `${top}/round`);
    await Deno.symlink("/nowhere/at/all", `${top}/dangling`);
    assert.equal(await realPath(`${top}/link/deep/`), `${top}/real/deep`);
    assert.equal(await realPath(`${top}/link/../real`), `${top}/real`);
    assert.equal(await realPath(`${top}/link/new`), `${top}/real/new`);
    assert.equal(await realPath(`${top}/link/new/`), `${top}/real/new`);
    assert.equal(await realPath(`${top}/link/new/newer`), undefined);
    assert.equal(await realPath(`${top}/round`), undefined);
    assert.equal(await realPath(`${top}/dangling`), undefined);
    assert.equal(await realPath(`${top}/link/new/..`), undefined);
    assert.equal(await realPath("/"), "/");
    assert.equal(await realPath("/no-such-thing"), "/no-such-thing");
  } finally {
    await Deno.remove(top, { recursive: true });
  }
});
