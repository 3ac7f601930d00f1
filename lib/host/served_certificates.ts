/**
 * Shakes hands with a TLS server without verifying anything, to see what it serves: the
 * `servedCertificates` of `Host.net`. `node:tls`, because Deno's own client always verifies.
 */
import { Buffer } from "node:buffer";
import { netError } from "./net_failure.ts";
import type { HandshakeOptions } from "./net_types.ts";

/** What node gives of each certificate; the last of a chain is its own issuer. */
interface Presented {
  readonly raw?: Uint8Array;
  readonly issuerCertificate?: Presented;
}

/** No server sends more; a chain that turns in a circle ends here. */
const MAX_CHAIN = 10;

function toPem(der: Uint8Array): string {
  const lines = Buffer.from(der).toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

function chainOf(leaf: Presented): string[] {
  const found: string[] = [];
  let at: Presented | undefined = leaf;
  while (at?.raw !== undefined && found.length < MAX_CHAIN) {
    const pem = toPem(at.raw);
    if (found.includes(pem)) break;
    found.push(pem);
    at = at.issuerCertificate;
  }
  return found;
}

/** The real `Host.net.servedCertificates`. */
export async function servedCertificates(options: HandshakeOptions): Promise<readonly string[]> {
  const { host, port, serverName, timeoutMs } = options;
  const { connect } = await import("node:tls");
  return await new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      ...(serverName === undefined ? {} : { servername: serverName }),
      rejectUnauthorized: false,
    });
    const failed = (cause: unknown) => {
      clearTimeout(timer);
      socket.destroy();
      reject(netError(`${host}:${port}`, cause));
    };
    const timer = setTimeout(() => failed(new Error("timed out")), timeoutMs);
    socket.on("error", failed);
    socket.once("secureConnect", () => {
      clearTimeout(timer);
      const chain = chainOf(socket.getPeerCertificate(true) as Presented);
      socket.destroy();
      if (chain.length === 0) failed(new Error("the server presented no certificate"));
      else resolve(chain);
    });
  });
}
