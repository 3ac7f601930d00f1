/** Limits of single endpoints: what is read out of an entry, and what is none. */
import assert from "node:assert/strict";
import { contentPolicy, parseEndpointLimit } from "./rules_edge.ts";

Deno.test("an entry is a path, a rate and a burst", () => {
  for (
    const [text, path, rate, burst] of [
      ["/api/v1/reports 2r/s burst=9", "/api/v1/reports", "2r/s", 9],
      ["/api/v1/reports/ 30r/m", "/api/v1/reports/", "30r/m", 5],
      ["/ws/a.b-c_d~e 1r/s burst=0", "/ws/a.b-c_d~e", "1r/s", 0],
    ] as const
  ) assert.deepEqual(parseEndpointLimit(text), { path, rate, burst });
});

Deno.test("what could be something else to nginx is no entry", () => {
  for (
    const text of [
      ...["", "/api/v1/a", "1r/s", "/api/v1/a 0r/s", "/api/v1/a 1r/h", "/api/v1/a 1r/s burst=-1"],
      ...["/apix 1r/s", "/wsx 1r/s", "/ 1r/s", "/assets/a 1r/s", "api/v1/a 1r/s"],
      ...["/api//a 1r/s", "/api/a b 1r/s", "/api/a;b 1r/s", "/api/{a} 1r/s", "/api/$a 1r/s"],
      ...["/api/a 1r/s;", "/api/a 1r/s burst=5 nodelay", "/api/a 1r/s\nburst=5", "/api/a\t1r/s"],
      ...['/api/"a" 1r/s', "/api/a# 1r/s", "/api/ä 1r/s", `/api/${"a".repeat(300)} 1r/s`],
    ]
  ) assert.equal(parseEndpointLimit(text), undefined, text);
});

Deno.test("a policy cannot end the directive that holds it", () => {
  for (const end of ['"', "\\", "$x", "\n", "\r", "\t", "é", " "]) {
    assert.equal(contentPolicy.holds(`default-src 'self'${end}`), false, JSON.stringify(end));
  }
  assert.ok(contentPolicy.holds("default-src 'self'; report-uri /csp?a=1&b={c}#d"));
});
