/** What nginx says of names and certificates, in the ways people write it. */
import assert from "node:assert/strict";
import { certificatePaths, onHost, publishedPorts, serverNames } from "./edge.ts";

const MOUNTS = [
  { type: "bind", source: "/srv/x/nginx/ssl", target: "/etc/nginx/ssl" },
  { type: "bind", source: "/etc/letsencrypt", target: "/etc/letsencrypt/" },
  { type: "volume", name: "certs", source: "/var/lib/docker/x", target: "/certs" },
];

Deno.test("names: several, quoted, wildcards and comments left out", () => {
  const text = `
    # server_name commented.example.com;
    server { server_name RxDx.example.com "www.example.com" _ localhost *.example.org ~^x; }
    server { listen 80; server_name rxdx.example.com 192.0.2.7; }`;
  assert.deepEqual(serverNames(text), ["rxdx.example.com", "www.example.com", "192.0.2.7"]);
  assert.deepEqual(serverNames(""), []);
});

Deno.test("a certificate is where its mount leads, and nowhere else", () => {
  const text = (cert: string, key: string) =>
    `ssl_certificate ${cert};\nssl_certificate_key ${key};`;
  assert.deepEqual(certificatePaths(text("/etc/nginx/ssl/a.pem", "/etc/nginx/ssl/a.key"), MOUNTS), [
    { cert: "/srv/x/nginx/ssl/a.pem", key: "/srv/x/nginx/ssl/a.key" },
  ]);
  const live = "/etc/letsencrypt/live/x";
  assert.deepEqual(certificatePaths(text(`${live}/fullchain.pem`, `${live}/privkey.pem`), MOUNTS), [
    { cert: `${live}/fullchain.pem`, key: `${live}/privkey.pem` },
  ]);
  assert.deepEqual(certificatePaths(text("/in/image.pem", "/in/image.key"), MOUNTS), []);
  assert.equal(onHost(MOUNTS, "/certs/a.pem"), undefined, "a volume is no place for a path");
  assert.equal(onHost(MOUNTS, "/etc/nginx/sslx/a.pem"), undefined);
});

Deno.test("ports by what they lead to", () => {
  const ports = [
    { target: 8443, published: 443, ip: "" },
    { target: 8080, published: 80, ip: "127.0.0.1" },
  ];
  assert.deepEqual(publishedPorts({ ports }), { http: ports[1], https: ports[0] });
  assert.deepEqual(publishedPorts(undefined), {});
});
