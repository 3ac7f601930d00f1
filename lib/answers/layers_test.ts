/** Which source wins, where each value came from, and how texts become values. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { FIELDS, variableName } from "./fields.ts";
import { coerce, environmentLayer, flagLayer, merge, type Source, SOURCES } from "./layers.ts";
import { parseAnswers } from "./parse.ts";
import { leaves, setAt, type Tree, valueAt } from "./tree.ts";

const layer = (source: Source, values: Tree) => ({ source, values });

Deno.test("sources rise from default to what the operator just said", () => {
  assert.deepEqual(SOURCES, [
    "default",
    "measured",
    "present",
    "file",
    "environment",
    "flag",
    "you",
  ]);
});

Deno.test("of any two sources the higher one wins, in whatever order they are given", () => {
  for (const [low, lower] of SOURCES.entries()) {
    for (const higher of SOURCES.slice(low + 1)) {
      for (
        const layers of [
          [layer(lower, { domain: "low" }), layer(higher, { domain: "high" })],
          [layer(higher, { domain: "high" }), layer(lower, { domain: "low" })],
        ]
      ) {
        const { values, provenance } = merge(layers);
        assert.equal(values["domain"], "high");
        assert.equal(provenance.get("domain"), higher);
      }
    }
  }
});

Deno.test("layers are merged value by value, a list as one value", () => {
  const { values, provenance } = merge([
    layer("present", { ports: { http: 81, https: 444 }, aliases: ["a", "b"] }),
    layer("flag", { ports: { https: 8443 }, aliases: ["c"] }),
  ]);
  assert.deepEqual(values, { ports: { http: 81, https: 8443 }, aliases: ["c"] });
  assert.deepEqual([...provenance].sort(), [
    ["aliases", "flag"],
    ["ports.http", "present"],
    ["ports.https", "flag"],
  ]);
});

Deno.test("merging does not change the layers", () => {
  const low = { ports: { http: 1 } };
  merge([layer("file", low), layer("flag", { ports: { http: 2, https: 3 } })]);
  assert.deepEqual(low, { ports: { http: 1 } });
});

Deno.test("an empty group where a value belongs is not lost on the way to the parser", () => {
  for (const values of [{ domain: {} }, { nope: {} }, { ports: { nope: {} } }]) {
    const { values: merged } = merge([
      layer("measured", { domain: "server1" }),
      layer("file", values),
    ]);
    assert.equal(parseAnswers(merged).ok, false, JSON.stringify(values));
  }
});

Deno.test("an empty group in a higher source takes nothing away from a lower one", () => {
  const { values } = merge([
    layer("present", { ports: { http: 81 } }),
    layer("file", { ports: {} }),
  ]);
  assert.deepEqual(values, { ports: { http: 81 } });
});

Deno.test("texts become the kind of value their field has", () => {
  for (
    const [path, text, value] of [
      ["ports.https", "8443", 8443],
      ["ports.https", "8443x", "8443x"],
      ["ports.https", "", ""],
      ["ports.https", " 80", " 80"],
      ["ports.https", "1e3", "1e3"],
      ["ports.https", "-1", -1],
      ["resources.cpus", "1.5", 1.5],
      ["schema", "1", 1],
      ["email.tls", "true", true],
      ["email.tls", "false", false],
      ["email.tls", "yes", "yes"],
      ["email.tls", "TRUE", "TRUE"],
      ["aliases", "a.org", ["a.org"]],
      ["aliases", "a.org, b.org", ["a.org", "b.org"]],
      ["aliases", "[a.org,b.org]", ["a.org", "b.org"]],
      ["aliases", "", []],
      ["aliases", "[]", []],
      ["domain", "8443", "8443"],
      ["images.tag", "1.0", "1.0"],
      ["environment", "staging", "staging"],
      ["no.such", "1", "1"],
    ] as const
  ) {
    assert.deepEqual(coerce(path, text), value, `${path}=${text}`);
  }
});

Deno.test("every field can be set by its variable and by --set, to its own default", () => {
  for (const field of FIELDS) {
    if (field.defaultValue === undefined) continue;
    const text = Array.isArray(field.defaultValue)
      ? field.defaultValue.join(",")
      : String(field.defaultValue);
    const fromEnvironment = environmentLayer({ [variableName(field.path)]: text });
    assert.deepEqual(fromEnvironment.problems, []);
    assert.deepEqual(valueAt(fromEnvironment.layer.values, field.path), field.defaultValue);
    const fromFlag = flagLayer([`${field.path}=${text}`]);
    assert.deepEqual(fromFlag.problems, []);
    assert.deepEqual(valueAt(fromFlag.layer.values, field.path), field.defaultValue);
  }
});

Deno.test("no two fields share a variable", () => {
  const names = FIELDS.map((field) => variableName(field.path));
  assert.equal(new Set(names).size, names.length);
});

Deno.test("variables are ours by name; those of others and our own switches are left alone", () => {
  const { layer: { values }, problems } = environmentLayer({
    RXDX_PORTS_HTTPS: "8443",
    RXDX_DOMAIN: "x.org",
    RXDX_RESOURCES_POSTGRES_MAX_CONNECTIONS: "300",
    RXDX_DIR: "/srv",
    RXDX_FAILPOINT: "before:start=kill",
    RXDX_SECRET_SECRET_KEY: "x",
    PORTS_HTTPS: "1",
    PATH: "/bin",
  });
  assert.deepEqual(problems, []);
  assert.deepEqual(values, {
    ports: { https: 8443 },
    domain: "x.org",
    resources: { postgres: { max_connections: 300 } },
  });
});

Deno.test("a variable that nearly is one of ours is a problem, not silence", () => {
  const { problems } = environmentLayer({ RXDX_PORT_HTTPS: "8443" });
  assert.equal(problems.length, 1);
  assert.equal(problems[0]?.key, "RXDX_PORT_HTTPS");
  assert.match(problems[0]?.rule ?? "", /did you mean RXDX_PORTS_HTTPS\?/);
});

Deno.test("of several settings of one key the last one wins", () => {
  assert.deepEqual(flagLayer(["ports.http=1", "ports.http=2"]).layer.values, {
    ports: { http: 2 },
  });
});

Deno.test("a value may hold an equals sign; a setting without one is a problem", () => {
  assert.deepEqual(flagLayer(["images.ref=a=b="]).layer.values, { images: { ref: "a=b=" } });
  for (const bad of ["ports.http", "=1", ""]) {
    const { problems } = flagLayer([bad]);
    assert.equal(problems.length, 1, bad);
    assert.match(problems[0]?.rule ?? "", /key=value/);
  }
});

Deno.test("setting a whole group is a problem that names one of its keys", () => {
  const { problems } = flagLayer(["ports=80"]);
  assert.equal(problems[0]?.key, "--set ports");
  assert.match(problems[0]?.example ?? "", /--set ports\.http=80/);
});

Deno.test("an unknown key on the command line is reported by the parser with its suggestion", () => {
  const { layer: { values } } = flagLayer(["prots.http=1"]);
  const parsed = parseAnswers(values);
  assert.ok(!parsed.ok);
  assert.match(parsed.problems[0]?.rule ?? "", /did you mean ports\?/);
});

Deno.test("`--set __proto__.x=1` pollutes no object and is refused", () => {
  const { layer } = flagLayer(["__proto__.polluted=1", "constructor.prototype.polluted=1"]);
  const { values } = merge([layer]);
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
  assert.equal(parseAnswers(values).ok, false);
});

Deno.test("setAt and valueAt agree for any path, and leaves finds what was set", () => {
  const key = fc.oneof(
    fc.constantFrom("a", "b", "__proto__", "constructor"),
    fc.string({ maxLength: 4 }),
  )
    .filter((text) => !text.includes("."));
  fc.assert(
    fc.property(fc.array(key, { minLength: 1, maxLength: 4 }), fc.integer(), (keys, value) => {
      const tree: Tree = {};
      setAt(tree, keys.join("."), value);
      assert.equal(valueAt(tree, keys.join(".")), value);
      assert.deepEqual(leaves(tree).map(([, each]) => each), [value]);
    }),
    { numRuns: 500 },
  );
});
