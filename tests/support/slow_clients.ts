/**
 * Clients that hold a connection and send next to nothing: half of them never finish their headers, half
 * never send the body they announced.
 */
import { connect, type TLSSocket } from "node:tls";
import { NAME } from "./raw_http.ts";

const BATCH = 20;

export class SlowClients implements AsyncDisposable {
  readonly #sockets: TLSSocket[];
  readonly #timer: ReturnType<typeof setInterval>;

  private constructor(sockets: TLSSocket[]) {
    this.#sockets = sockets;
    // A header line every now and then: the time for all of them together is what ends it.
    this.#timer = setInterval(() => {
      for (const [index, socket] of sockets.entries()) {
        if (index % 2 === 0 && !socket.destroyed && socket.writable) {
          socket.write(`X-Slow: ${Date.now()}\r\n`);
        }
      }
    }, 2_000);
  }

  static async start(port: number, number: number): Promise<SlowClients> {
    const sockets: TLSSocket[] = [];
    while (sockets.length < number) {
      sockets.push(
        ...await Promise.all(
          Array.from({ length: BATCH }, (_, index) => open(port, sockets.length + index)),
        ),
      );
    }
    return new SlowClients(sockets);
  }

  /** How many nginx has not ended yet. */
  open(): number {
    return this.#sockets.filter((each) => !each.destroyed && !each.readableEnded).length;
  }

  async untilClosed(limitMs: number): Promise<void> {
    const from = performance.now();
    while (this.open() > 0 && performance.now() - from < limitMs) {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function open(port: number, index: number): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect(
      { host: "127.0.0.1", port, servername: NAME, rejectUnauthorized: false },
      () => {
        socket.write(
          index % 2 === 0
            ? `GET / HTTP/1.1\r\nHost: ${NAME}\r\n`
            : `POST /api/v1/auth/me HTTP/1.1\r\nHost: ${NAME}\r\nContent-Length: 1000\r\n\r\n{`,
        );
        resolve(socket);
      },
    );
    socket.resume();
    socket.once("end", () => socket.destroy());
    socket.once("error", (error: Error) => {
      reject(error);
      socket.destroy();
    });
  });
}
