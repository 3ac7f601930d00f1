/** What df says of the disk of the database. */
import assert from "node:assert/strict";
import { parseRoom, roomError, whileRoom } from "./data_room.ts";

Deno.test("df of coreutils and of busybox, whatever the file system is called", () => {
  const head = "Filesystem     1024-blocks   Used Available Capacity Mounted on\n";
  for (
    const line of [
      "tmpfs               614400  64512    549888      11% /var/lib/postgresql/data",
      "//server/my share\\040x 614400 64512 549888 11% /var/lib/postgresql/data\n",
    ]
  ) {
    assert.deepEqual(parseRoom(head + line), { total: 614_400 * 1024, free: 549_888 * 1024 });
  }
});

Deno.test("what is no answer of df is no room", () => {
  for (const text of ["", "df: not found", "Filesystem Used Available Capacity Mounted on\n"]) {
    assert.equal(parseRoom(text), undefined);
  }
});

Deno.test("a program that fills the disk is told from one that fails", async () => {
  const run = async (df: string, ...command: readonly string[]) => {
    const directory = await Deno.makeTempDir();
    const script =
      `#!/bin/sh\necho "Filesystem 1024-blocks Used Available Capacity Mounted on"\necho "${df}"\n`;
    await Deno.writeTextFile(`${directory}/df`, script, { mode: 0o755 });
    const [program = "", ...args] = whileRoom(command);
    const ran = await new Deno.Command(program, {
      args,
      env: { PATH: `${directory}:${Deno.env.get("PATH")}` },
      stdin: "null",
    }).output();
    await Deno.remove(directory, { recursive: true });
    return { code: ran.code, complaint: new TextDecoder().decode(ran.stderr) };
  };
  const full = await run("tmpfs 614400 604160 10240 99% /data", "sleep", "60");
  assert.equal(full.code, 143);
  assert.match(roomError(full.complaint)?.message ?? "", /has only 10 MiB left/);
  assert.equal(roomError(full.complaint)?.code, "disk_full");
  const other = await run(
    "tmpfs 99999999 9 99999990 1% /data",
    "sh",
    "-c",
    "echo no such role >&2; exit 3",
  );
  assert.equal(other.code, 3);
  assert.equal(roomError(other.complaint), undefined);
  assert.match(
    roomError("ERROR: could not extend file: No space left on device")?.message ?? "",
    /is full/,
  );
});
