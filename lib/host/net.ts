/**
 * HTTP over a unix socket or TCP with back-pressure. `node:http` rather than `fetch`: following
 * 10,000 log lines a second costs a quarter of the CPU (docs/adr/0003).
 */
import type { IncomingMessage } from "node:http";
import { EXIT, SetupError } from "../errors.ts";
import { streamRequest } from "./net_stream.ts";
import type { HttpRequest, HttpResponse, NetHost } from "./types.ts";

function toResponse(message: IncomingMessage): HttpResponse {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return {
    status: message.statusCode ?? 0,
    headers,
    body: message,
    async text() {
      const decoder = new TextDecoder();
      let text = "";
      for await (const chunk of message) text += decoder.decode(chunk, { stream: true });
      return text + decoder.decode();
    },
    close: () => message.destroy(),
  };
}

async function send(wanted: HttpRequest): Promise<HttpResponse> {
  const { socketPath } = wanted;
  if (wanted.stream === true && socketPath !== undefined) {
    return await streamRequest({ ...wanted, socketPath });
  }
  const where = wanted.socketPath ?? `${wanted.host ?? "127.0.0.1"}:${wanted.port ?? 80}`;
  // Loaded at the first request: it costs 25 ms, and a start must not (criteria, Performance).
  const { request: httpRequest } = await import("node:http");
  return await new Promise((resolve, reject) => {
    const failed = (cause: Error & { code?: string }) =>
      reject(
        new SetupError({
          code: "connection_failed",
          message: `No answer from ${where}: ${cause.code ?? cause.message}`,
          exit: EXIT.prerequisite,
          cause,
        }),
      );
    const request = httpRequest({
      ...(wanted.socketPath === undefined
        ? { host: wanted.host ?? "127.0.0.1", port: wanted.port ?? 80 }
        : { socketPath: wanted.socketPath }),
      method: wanted.method ?? "GET",
      path: wanted.path,
      // A connection of its own each: a stream that is abandoned must not poison a pooled one.
      agent: false,
      headers: { host: "localhost", ...wanted.headers },
      ...(wanted.signal === undefined ? {} : { signal: wanted.signal }),
    });
    const timer = wanted.timeoutMs === undefined ? undefined : setTimeout(() => {
      request.destroy(Object.assign(new Error("timed out"), { code: "ETIMEDOUT" }));
    }, wanted.timeoutMs);
    request.once("response", (message: IncomingMessage) => {
      clearTimeout(timer);
      resolve(toResponse(message));
    });
    request.on("error", (error: Error) => {
      clearTimeout(timer);
      failed(error);
    });
    request.end(wanted.body);
  });
}

/** The real `Host.net`. */
export const netHost: NetHost = {
  request: send,
  // Loaded when they are needed; most runs never are on the network.
  fetch: async (request) => await (await import("./web.ts")).webFetch(send)(request),
  open: async (request) => await (await import("./web_stream.ts")).webOpen(send)(request),
  connect: async (options) => await (await import("./connection.ts")).connect(options),
  lookUp: async (question) => await (await import("./names.ts")).lookUp(question),
  lookUpCaa: async (question) => await (await import("./names.ts")).lookUpCaa(question),
  trustedRoots: async () => await (await import("./trust.ts")).trustedRoots(),
  servedCertificates: async (options) =>
    await (await import("./served_certificates.ts")).servedCertificates(options),
};
