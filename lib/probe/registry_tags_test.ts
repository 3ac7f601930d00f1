/** The tags of a registry: over its pages, with the login that it asks for, and to nobody else. */
import assert from "node:assert/strict";
import { type FakeHost, withFakeHost } from "../../tests/support/fake_host.ts";
import { Secret } from "../plan/secret.ts";
import { registryTags } from "./registry.ts";

const settings = (username = "") => ({
  registry: "registry.example.com/rxdx",
  username,
  password: new Secret("canary"),
});
const LIST = "https://registry.example.com/v2/rxdx/backend/tags/list?n=1000";

function open(host: FakeHost): void {
  host.net.web("https://registry.example.com/v2/", { text: "{}" });
}

Deno.test("all pages; a link that leads elsewhere is not followed", () =>
  withFakeHost({}, async (host) => {
    open(host);
    host.net.web(LIST, {
      text: '{"tags":["1.0.0","1.1.0"]}',
      headers: { link: '</v2/rxdx/backend/tags/list?n=1000&last=1.1.0>; rel="next"' },
    });
    host.net.web(`${LIST}&last=1.1.0`, {
      text: '{"tags":["1.2.0",7,null]}',
      headers: { link: '<https://elsewhere.example.org/tags>; rel="next"' },
    });
    assert.deepEqual(await registryTags(host, settings()), ["1.0.0", "1.1.0", "1.2.0"]);
  }));

Deno.test("the login goes along where it is asked for", () =>
  withFakeHost({}, async (host) => {
    host.net.web("https://registry.example.com/v2/", (request) =>
      request.headers?.["authorization"] === undefined
        ? { status: 401, headers: { "www-authenticate": "Basic" } }
        : { text: "{}" });
    host.net.web(LIST, (request) =>
      request.headers?.["authorization"] === `Basic ${btoa("deploy:canary")}`
        ? { text: '{"tags":["2.0.0"]}' }
        : { status: 401 });
    assert.deepEqual(await registryTags(host, settings("deploy")), ["2.0.0"]);
    await assert.rejects(registryTags(host, settings()), /HTTP 401/);
  }));

Deno.test("no list is an error, an empty one is none", () =>
  withFakeHost({}, async (host) => {
    open(host);
    host.net.web(LIST, { text: '{"tags":null}' });
    assert.deepEqual(await registryTags(host, settings()), []);
    host.net.web(LIST, { status: 404, text: "{}" });
    await assert.rejects(registryTags(host, settings()), /does not list its tags \(HTTP 404\)/);
  }));
