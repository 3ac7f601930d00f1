/**
 * A place with signed releases on loopback, as GitHub or a mirror is one, and its faults: what is
 * missing, cut off, slow. Made with the code that makes real releases; used by the tests of the download
 * door and of `self-update`.
 */
import assert from "node:assert/strict";
import { createServer as createClear } from "node:http";
import { createServer as createSecure } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { stamped } from "../../lib/packaging/stamp.ts";
import { archiveName, renderSums, trustedComment } from "../../lib/release/files.ts";
import { makeSecretKey, parseSecretKey, publicKeyOf, sign } from "../../lib/release/signing.ts";
import { LoopbackCertificate } from "../support/loopback_mail.ts";
import { host, inScratch, must, ROOT } from "./support.ts";

export const TARGET = `${host.system.arch}-unknown-linux-gnu`;

/** A small program: says how it was called, which is all that a hand-over can be seen by. */
export function program(version: string): string {
  return `#!/bin/sh
case $1 in
  --version) echo "rxdx-setup ${version}" ;;
  verify) exit 1 ;;
  *) if [ -t 0 ]; then printf 'terminal '; fi; printf '<%s>' "$@" ;;
esac
`;
}

/**
 * What becomes of a file on its way: `cut` hangs up in the middle, `stall` goes silent there, `slow` brings
 * it in {@link SLOW_PIECES} pieces, one every {@link SLOW_MS}.
 */
export type Fault = "missing" | "cut" | "stall" | "flip" | "slow";
export const SLOW_PIECES = 25;
export const SLOW_MS = 200;

export interface Place {
  readonly scratch: string;
  readonly base: string;
  /** The public key. */
  readonly key: string;
  /** PEM file of the authority behind an `https` place. */
  readonly authority: string | undefined;
  /** install.sh of the newest release, as it is published. */
  installer(): string;
  /** Publishes a release; the last one is the newest. `file` instead of the small program. */
  publish(
    version: string,
    options?: { file?: string; changelog?: string; pin?: boolean },
  ): Promise<void>;
  /** Faults by file name. */
  readonly faults: Map<string, Fault>;
  /** Paths that were asked for. */
  readonly asked: string[];
  /** Ends the connections that are open, as a network does that goes away; others can be made. */
  hangUp(): void;
  /** Path → content. */
  readonly files: Map<string, Uint8Array>;
}

interface Options {
  readonly https?: boolean;
}

const encoder = new TextEncoder();

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** The archive of a program, as the release task makes it. */
async function archive(scratch: string, version: string, file: string | undefined) {
  const stage = `${scratch}/archive-${version}`;
  await must("mkdir", "-p", stage);
  if (file === undefined) {
    await host.files.writeAtomic(`${stage}/rxdx-setup`, program(version), { mode: 0o755 });
  } else await must("cp", "--", file, `${stage}/rxdx-setup`);
  await must("tar", "-cf", `${stage}.tar`, "--format=ustar", "-C", stage, "rxdx-setup");
  await must("gzip", "-1", "-f", `${stage}.tar`);
  const bytes = await host.files.readBytes(`${stage}.tar.gz`);
  await must("rm", "-rf", stage, `${stage}.tar.gz`);
  assert.ok(bytes !== undefined);
  return new Uint8Array(bytes);
}

/** Files of one release by name. */
export async function releaseFiles(
  scratch: string,
  secretText: string,
  version: string,
  options: { file?: string; changelog?: string; pin?: boolean },
): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const packed = await archive(scratch, version, options.file);
  files.set(archiveName(version, TARGET), packed);
  const script = await host.files.readText(`${ROOT}/install.sh`) ?? "";
  const pins = { [host.system.arch]: await sha256(packed) };
  files.set(
    "install.sh",
    encoder.encode(options.pin === false ? script : stamped(script, version, pins)),
  );
  const changelog = options.changelog ??
    `# Changelog\n\n## [${version}]\n\n- What is new in ${version}.\n`;
  files.set("CHANGELOG.md", encoder.encode(changelog));
  const sums = new Map<string, string>();
  for (const [name, bytes] of files) sums.set(name, await sha256(bytes));
  const text = encoder.encode(renderSums(sums));
  files.set("SHA256SUMS", text);
  const secret = parseSecretKey(secretText);
  files.set(
    "SHA256SUMS.minisig",
    encoder.encode(await sign(secret, text, trustedComment(version))),
  );
  return files;
}

export function newKey(): Promise<string> {
  return makeSecretKey(crypto.getRandomValues(new Uint8Array(40)));
}

async function trickle(response: ServerResponse, content: Uint8Array): Promise<void> {
  const size = Math.ceil(content.length / SLOW_PIECES);
  for (let at = 0; at < content.length && !response.destroyed; at += size) {
    response.write(content.subarray(at, at + size));
    await host.clock.sleep(SLOW_MS);
  }
  response.end();
}

function answer(place: { faults: Map<string, Fault>; files: Map<string, Uint8Array> }) {
  return (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? "";
    const name = path.slice(path.lastIndexOf("/") + 1);
    const content = place.files.get(path);
    const fault = place.faults.get(name);
    if (content === undefined || fault === "missing") {
      response.writeHead(404).end("not found");
      return;
    }
    const middle = content.length >> 1;
    const sent = fault === "flip"
      ? content.map((byte, at) => at === middle ? byte ^ 1 : byte)
      : content;
    response.writeHead(200, { "content-length": String(content.length) });
    if (fault === "cut") response.write(sent.subarray(0, middle), () => response.destroy());
    else if (fault === "stall") response.write(sent.subarray(0, middle));
    else if (fault === "slow") void trickle(response, sent);
    else response.end(sent);
  };
}

/** A place with its own key, gone at the end of `body` with all that was put into `scratch`. */
export async function withPlace(
  options: Options,
  body: (place: Place) => Promise<void>,
): Promise<void> {
  await inScratch(async (scratch) => {
    using certificate = options.https === true ? await LoopbackCertificate.make() : undefined;
    const secret = await newKey();
    const state = { faults: new Map<string, Fault>(), files: new Map<string, Uint8Array>() };
    const asked: string[] = [];
    const respond = answer(state);
    const listener = (request: IncomingMessage, response: ServerResponse) => {
      asked.push(request.url ?? "");
      respond(request, response);
    };
    const server = certificate === undefined
      ? createClear(listener)
      : createSecure({ cert: certificate.certificate, key: certificate.key }, listener);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    let authority: string | undefined;
    if (certificate !== undefined) {
      // A user other than root has to read it.
      authority = `${scratch}/authority.pem`;
      await must("install", "-m", "644", certificate.file, authority);
    }
    try {
      await body({
        scratch,
        base: certificate === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
        key: publicKeyOf(parseSecretKey(secret)),
        authority,
        ...state,
        asked,
        hangUp: () => server.closeAllConnections(),
        installer: () => new TextDecoder().decode(state.files.get("/latest/download/install.sh")),
        publish: async (version, what = {}) => {
          for (const [name, bytes] of await releaseFiles(scratch, secret, version, what)) {
            state.files.set(`/download/v${version}/${name}`, bytes);
            state.files.set(`/latest/download/${name}`, bytes);
          }
        },
      });
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
}

/** A proxy that knows CONNECT, as companies have them; counts who was asked for. */
export async function withProxy(
  body: (url: string, connected: readonly string[]) => Promise<void>,
): Promise<void> {
  const connected: string[] = [];
  const server = createClear();
  const open = new Set<Socket>();
  server.on("connect", (request: IncomingMessage, client: Socket, head: Uint8Array) => {
    const [name = "", port = ""] = (request.url ?? "").split(":");
    connected.push(request.url ?? "");
    const target = connect(Number(port), name, () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      target.write(head);
      target.pipe(client);
      client.pipe(target);
    });
    for (const each of [client, target]) {
      open.add(each);
      each.on("error", () => each.destroy());
      each.on("close", () => open.delete(each));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    await body(`http://127.0.0.1:${port}`, connected);
  } finally {
    open.forEach((each) => each.destroy());
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
