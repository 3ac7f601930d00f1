/**
 * Makes the portable form: the stub, and behind it the archive of the runtime and the bundle. Called
 * by build.ts; what the text of the stub says is decided in portable.ts.
 */
import boot from "./boot.js" with { type: "text" };
import stub from "./stub.sh" with { type: "text" };
import { withHiddenImports } from "./bundle.ts";
import { ARCHIVE_TIME, COMPLETE, type PayloadFile, portableId, renderStub } from "./portable.ts";
import { type Build, must, read } from "./workshop.ts";

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** Writes what the archive contains, with final modes, and says what it is. */
async function writePayload(
  build: Build,
  directory: string,
  files: ReadonlyMap<string, string>,
): Promise<PayloadFile[]> {
  const { host } = build;
  await host.files.mkdir(directory, 0o700);
  await must(host, ["cp", "--", build.deno, `${directory}/deno`]);
  await must(host, ["chmod", "700", `${directory}/deno`]);
  const deno = await read(host, `${directory}/deno`);
  const listed: PayloadFile[] = [
    { name: "deno", sha256: await sha256(deno), size: deno.length },
  ];
  for (const [name, code] of [...files].sort(([a], [b]) => a < b ? -1 : 1)) {
    const text = withHiddenImports(code);
    const bytes = new TextEncoder().encode(name === "main.js" ? boot + text : text);
    await host.files.writeAtomic(`${directory}/${name}`, bytes, { mode: 0o600 });
    listed.push({ name, sha256: await sha256(bytes), size: bytes.length });
  }
  return listed;
}

/** Makes the portable form at `output`: stub, then gzip of a tar with fixed times and owners. */
export async function portable(
  build: Build,
  files: ReadonlyMap<string, string>,
  output: string,
): Promise<void> {
  const { host, stage } = build;
  const directory = `${stage}/payload`;
  const listed = await writePayload(build, directory, files);
  const facts = { version: build.version, arch: build.arch, files: listed };
  await host.files.writeAtomic(
    `${directory}/${COMPLETE}`,
    `${await portableId(facts)}\n`,
    { mode: 0o600 },
  );
  const archive = `${stage}/payload.tar`;
  await must(host, [
    "tar",
    "--create",
    "--format=ustar",
    "--sort=name",
    `--mtime=@${ARCHIVE_TIME}`,
    "--owner=0",
    "--group=0",
    "--numeric-owner",
    `--directory=${directory}`,
    `--file=${archive}`,
    "--",
    ...listed.map((file) => file.name),
    COMPLETE,
  ]);
  await must(host, ["gzip", "--no-name", "-6", archive]);
  const head = new TextEncoder().encode(await renderStub(stub, facts));
  const payload = await read(host, `${archive}.gz`);
  const whole = new Uint8Array(head.length + payload.length);
  whole.set(head);
  whole.set(payload, head.length);
  await host.files.writeAtomic(output, whole, { mode: 0o755 });
}
