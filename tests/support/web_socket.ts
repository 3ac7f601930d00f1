/** A WebSocket as bytes, so that a test sees how it ends: with which code, or cut without one. */
import { randomBytes } from "node:crypto";
import { connect, type TLSSocket } from "node:tls";

export interface SocketEnd {
  /** Close code of the other side (RFC 6455, 7.4); `undefined` when it was cut. */
  readonly code: number | undefined;
}

export class TestSocket {
  readonly #socket: TLSSocket;
  #received: Buffer = Buffer.alloc(0);
  readonly ended: Promise<SocketEnd>;
  isOpen = true;

  private constructor(socket: TLSSocket, rest: Buffer) {
    this.#socket = socket;
    this.#received = rest;
    this.ended = new Promise((resolve) => {
      const end = (code: number | undefined) => {
        this.isOpen = false;
        socket.destroy();
        resolve({ code });
      };
      socket.on("data", (chunk: Buffer) => {
        this.#received = Buffer.concat([this.#received, chunk]);
        const code = closeCode(this.#received);
        if (code !== undefined) end(code);
      });
      socket.on("close", () => end(closeCode(this.#received)));
      socket.on("error", () => end(undefined));
    });
  }

  /** @throws Error when the server does not switch protocols */
  static open(port: number, path = "/ws/echo"): Promise<TestSocket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false }, () => {
        socket.write([
          `GET ${path} HTTP/1.1`,
          "Host: rxdx.example.org",
          "Connection: Upgrade",
          "Upgrade: websocket",
          "Sec-WebSocket-Version: 13",
          `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`,
          "",
          "",
        ].join("\r\n"));
      });
      let head: Buffer = Buffer.alloc(0);
      const onData = (chunk: Buffer) => {
        head = Buffer.concat([head, chunk]);
        const end = head.indexOf("\r\n\r\n");
        if (end < 0) return;
        socket.off("data", onData);
        socket.off("error", reject);
        const [line = ""] = head.subarray(0, end).toString().split("\r\n");
        if (!line.startsWith("HTTP/1.1 101")) reject(new Error(line));
        else resolve(new TestSocket(socket, head.subarray(end + 4)));
      };
      socket.on("data", onData);
      socket.once("error", reject);
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** Of the first close frame among short frames of a server, which are not masked. */
function closeCode(bytes: Buffer): number | undefined {
  let at = 0;
  while (at + 2 <= bytes.length) {
    const [first = 0, length = 0] = bytes.subarray(at, at + 2);
    if ((first & 0x0f) === 8) {
      return length >= 2 && bytes.length >= at + 4 ? bytes.readUInt16BE(at + 2) : undefined;
    }
    at += 2 + length;
  }
  return undefined;
}
