/**
 * A TCP connection as a stream of bytes, with TLS from the start or later (STARTTLS): the `connect` of
 * `Host.net`, for protocols that are spoken line by line.
 */
import { netError } from "./net_failure.ts";
import type { ByteConnection, ConnectOptions } from "./net_types.ts";
import { trustedAuthorities } from "./trust.ts";

const READ_BYTES = 16 * 1024;

class Connection implements ByteConnection {
  #socket: Deno.TcpConn | Deno.TlsConn;
  readonly #options: ConnectOptions;
  readonly #buffer = new Uint8Array(READ_BYTES);
  #open = true;

  constructor(socket: Deno.TcpConn, options: ConnectOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  get #where(): string {
    return `${this.#options.host}:${this.#options.port}`;
  }

  /** Closing is what ends a read or a handshake that takes too long. */
  async #inTime<T>(work: () => Promise<T>): Promise<T> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.close();
    }, this.#options.timeoutMs);
    try {
      return await work();
    } catch (error) {
      this.close();
      throw netError(this.#where, late ? new Error("timed out") : error);
    } finally {
      clearTimeout(timer);
    }
  }

  read(): Promise<Uint8Array | undefined> {
    return this.#inTime(async () => {
      const count = await this.#socket.read(this.#buffer);
      return count === null ? undefined : this.#buffer.slice(0, count);
    });
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#inTime(async () => {
      for (let sent = 0; sent < bytes.length;) {
        sent += await this.#socket.write(bytes.subarray(sent));
      }
    });
  }

  startTls(): Promise<void> {
    return this.#inTime(async () => {
      const caCerts = await trustedAuthorities();
      const { host } = this.#options;
      const secured = await Deno.startTls(this.#socket as Deno.TcpConn, {
        hostname: host,
        caCerts,
      });
      this.#socket = secured;
      await secured.handshake();
    });
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    try {
      this.#socket.close();
    } catch {
      // Closed already, by the other side or by a handshake that failed.
    }
  }
}

/** The real `Host.net.connect`. */
export async function connect(options: ConnectOptions): Promise<ByteConnection> {
  const { host, port, timeoutMs } = options;
  const limit = AbortSignal.timeout(timeoutMs);
  let socket: Deno.TcpConn;
  try {
    socket = await Deno.connect({ hostname: host, port, signal: limit });
  } catch (error) {
    throw netError(`${host}:${port}`, limit.aborted ? new Error("timed out") : error);
  }
  const connection = new Connection(socket, options);
  if (options.tls) await connection.startTls();
  return connection;
}
