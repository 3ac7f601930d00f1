/** An HTTP or HTTPS server on loopback with scripted answers: for tests of what asks one. */

export interface WebServer extends AsyncDisposable {
  readonly port: number;
  /** `http://127.0.0.1:PORT` */
  readonly base: string;
  /** `GET /path?query` of every request. */
  readonly asked: readonly string[];
}

/** Serves until disposed; requests without an answer are cut off then. */
export function serveWeb(
  handler: (request: Request) => Response | Promise<Response>,
  options: { readonly cert?: string; readonly key?: string; readonly hostname?: string } = {},
): WebServer {
  const { cert, key, hostname = "127.0.0.1" } = options;
  const asked: string[] = [];
  const ended = Promise.withResolvers<Response>();
  const stop = new AbortController();
  const server = Deno.serve(
    {
      signal: stop.signal,
      hostname,
      port: 0,
      onListen: () => undefined,
      ...(cert === undefined || key === undefined ? {} : { cert, key }),
    },
    async (request) => {
      const url = new URL(request.url);
      asked.push(`${request.method} ${url.pathname}${url.search}`);
      return await Promise.race([handler(request), ended.promise]);
    },
  );
  const { port } = server.addr;
  return {
    port,
    base: `${cert === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      ended.resolve(new Response(null, { status: 503 }));
      // An answer without an end would be waited for: what has not ended by then is cut off.
      const cut = setTimeout(() => stop.abort(), 500);
      await server.shutdown();
      clearTimeout(cut);
    },
  };
}

/** A value as a JSON answer. */
export function json(value: unknown, init: ResponseInit = {}): Response {
  return new Response(JSON.stringify(value), {
    ...init,
    headers: { "content-type": "application/json", ...init.headers },
  });
}
