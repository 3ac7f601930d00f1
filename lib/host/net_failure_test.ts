/** Every way in which the runtime and its libraries say what went wrong, as they were seen. */
import assert from "node:assert/strict";
import { SetupError } from "../errors.ts";
import { certificateFault, failureOf, netError } from "./net_failure.ts";

const withCode = (code: string, message = "") => Object.assign(new Error(message), { code });

const SEEN: readonly (readonly [Error, string])[] = [
  [withCode("ECONNREFUSED"), "connection_refused"],
  [new Deno.errors.ConnectionRefused("Connection refused (os error 111)"), "connection_refused"],
  [
    new Error("failed to lookup address information: Name or service not known"),
    "name_not_found",
  ],
  [withCode("EDNS", "getaddrinfo ENOTFOUND x.invalid"), "name_not_found"],
  [withCode("ETIMEDOUT", "Connection timeout"), "connection_timed_out"],
  [new DOMException("Signal timed out.", "TimeoutError"), "connection_timed_out"],
  [new Error("No route to host (os error 113)"), "host_unreachable"],
  [new Error("Network is unreachable (os error 101)"), "host_unreachable"],
  [new Error("invalid peer certificate: UnknownIssuer"), "certificate_untrusted"],
  [withCode("DEPTH_ZERO_SELF_SIGNED_CERT"), "certificate_untrusted"],
  [new Error("received corrupt message of type InvalidContentType"), "tls_failed"],
  [new Error("Connection reset by peer (os error 104)"), "connection_closed"],
  [withCode("ECONNECTION", "Connection closed before the greeting"), "connection_closed"],
  [new Error("what was never seen"), "connection_failed"],
];

for (const [error, code] of SEEN) {
  Deno.test(`${error.message || (error as { code?: string }).code} is ${code}`, () => {
    assert.equal(failureOf(error), code);
    assert.equal(failureOf(new TypeError("fetch failed", { cause: error })), code);
  });
}

Deno.test("a certificate is refused for a reason", () => {
  const reason = (text: string) => certificateFault(new Error(`invalid peer certificate: ${text}`));
  assert.match(reason("UnknownIssuer") ?? "", /issuer/);
  assert.match(reason("Expired") ?? "", /expired/);
  assert.match(reason("NotValidForName") ?? "", /another name/);
  assert.match(reason("NotValidYet") ?? "", /not valid yet/);
  assert.equal(reason("BadEncoding"), undefined);
});

Deno.test("an expected failure stays what it is", () => {
  const error = new SetupError({ code: "x", message: "y", exit: 4 });
  assert.equal(netError("here", error), error);
});
