/** Whatever is done to a record, it is found and named; what a crash leaves is told from it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { withFakeHost } from "../../tests/support/fake_host.ts";
import {
  type AuditEvent,
  type Head,
  headText,
  NOTHING_BEFORE,
  parseHead,
  parseHeads,
  readLine,
  seal,
} from "./entry.ts";
import { recorded } from "./recorder.ts";
import { auditPath, headPath, readAudit } from "./store.ts";
import { openRun, verify } from "./verify.ts";

const DIR = "/opt/rxdx";
const at = "2026-03-14T10:15:00.123Z";
const WHO = { uid: 0, user: "root", login: "ana", sudo_user: "ana", ssh_from: "198.51.100.7" };

function run(number: number): AuditEvent[] {
  const of = { run: `r${number}`, command: "apply" } as const;
  const facts = { plan: "0".repeat(64) };
  return [
    { event: "started", ...of, argv: ["apply"], pid: 1, alone: false, who: WHO, facts },
    {
      event: "ended",
      ...of,
      result: "ok",
      changed: ["start"],
      undone: [],
      facts,
      message: null,
      ms: number,
    },
  ];
}

/** A record of `runs` runs: its lines, and each head. */
function chain(runs: number): { lines: string[]; heads: Head[] } {
  const heads: Head[] = [{ n: 0, hash: NOTHING_BEFORE }];
  const events: AuditEvent[] = [{ event: "began", why: "x" }];
  for (let number = 0; number < runs; number++) events.push(...run(number));
  const lines = events.map((event) => {
    const sealed = seal(event, {
      after: heads.at(-1) ?? { n: 0, hash: NOTHING_BEFORE },
      at,
      version: "1",
    });
    heads.push(sealed.head);
    return sealed.line;
  });
  return { lines, heads };
}

const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join("");
const last = (heads: readonly Head[]) => heads.slice(-1);

Deno.test("a record as it was written is whole", () => {
  const { lines, heads } = chain(10);
  const found = verify(text(lines), last(heads));
  assert.deepEqual([found.ok, found.findings, found.notes], [true, [], []]);
  assert.equal(found.entries.length, 21);
  assert.deepEqual(verify(undefined, undefined).ok, true);
});

Deno.test("a line is checked with sed and sha256sum, as the guide says", async () => {
  const { lines } = chain(1);
  const [line = ""] = lines;
  const said = readLine(line)?.entry.hash;
  const script = `sed 's/,"hash":"[0-9a-f]*"}$/}/' | tr -d '\\n' | sha256sum`;
  const child = new Deno.Command("sh", { args: ["-c", script], stdin: "piped", stdout: "piped" })
    .spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(`${line}\n`));
  await writer.close();
  const { stdout } = await child.output();
  assert.equal(new TextDecoder().decode(stdout).split(" ")[0], said);
});

/** One thing somebody does to the lines of a record. */
const edits = fc.oneof(
  // Another byte somewhere in a line.
  fc.record({
    what: fc.constant("byte" as const),
    line: fc.nat(),
    at: fc.nat(),
    by: fc.constantFrom("x", "0", "1", " ", '"', "}", "é"),
  }),
  fc.record({
    what: fc.constant("remove" as const),
    line: fc.nat(),
    count: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({ what: fc.constant("swap" as const), line: fc.nat(), other: fc.nat() }),
  fc.record({ what: fc.constant("double" as const), line: fc.nat(), to: fc.nat() }),
  // A line that is sealed as ours are, in the place of one, or put in.
  fc.record({ what: fc.constant("forge" as const), line: fc.nat(), instead: fc.boolean() }),
  fc.record({ what: fc.constant("cut" as const), line: fc.nat(), at: fc.nat() }),
);

type Edit = typeof edits extends fc.Arbitrary<infer T> ? T : never;

/** The edited text, or `undefined` where nothing became different. */
function edited(lines: readonly string[], heads: readonly Head[], edit: Edit): string | undefined {
  const count = lines.length;
  const changed = [...lines];
  const index = edit.line % count;
  const line = lines[index] ?? "";
  switch (edit.what) {
    case "byte": {
      const place = edit.at % line.length;
      changed[index] = line.slice(0, place) + edit.by + line.slice(place + 1);
      break;
    }
    case "remove":
      changed.splice(index, edit.count);
      break;
    case "swap":
      changed[index] = lines[edit.other % count] ?? "";
      changed[edit.other % count] = line;
      break;
    case "double":
      changed.splice(edit.to % (count + 1), 0, line);
      break;
    case "forge": {
      const place = { after: heads[index] ?? { n: 0, hash: "" }, at, version: "2" };
      const [event] = run(9999);
      if (event === undefined) return undefined;
      const forged = seal(event, place).line;
      if (edit.instead) changed[index] = forged;
      else changed.splice(index, 0, forged);
      break;
    }
    case "cut": {
      const whole = text(lines);
      return whole.slice(0, edit.at % whole.length);
    }
  }
  const result = text(changed);
  return result === text(lines) ? undefined : result;
}

Deno.test("edited, removed, moved, put in, forged, cut: each of 2000 is found", () => {
  const { lines, heads } = chain(12);
  let tried = 0;
  fc.assert(
    fc.property(edits, (edit) => {
      const now = edited(lines, heads, edit);
      if (now === undefined) return;
      tried++;
      const found = verify(now, last(heads));
      assert.equal(found.ok, false, JSON.stringify(edit));
      assert.ok(found.findings.length > 0);
    }),
    { numRuns: 2000 },
  );
  assert.ok(tried > 1500, `${tried} were edits`);
});

Deno.test("a line that was edited is named, and only that one", () => {
  const { lines, heads } = chain(6);
  for (let index = 0; index < lines.length; index++) {
    const changed = [...lines];
    changed[index] = (lines[index] ?? "").replace('"version":"1"', '"version":"2"');
    const found = verify(text(changed), last(heads));
    assert.deepEqual(found.findings.map(({ line, kind }) => [line, kind]), [[index + 1, "edited"]]);
  }
});

Deno.test("lines that are gone are named by their numbers", () => {
  const { lines, heads } = chain(6);
  const said = (kept: readonly string[]) =>
    verify(text(kept), last(heads)).findings.map((each) => each.text).join("; ");
  assert.match(said(lines.toSpliced(4, 1)), /entry 5 is missing between entry 4 and entry 6/);
  assert.match(said(lines.toSpliced(4, 3)), /entries 5 to 7 are missing/);
  assert.match(said(lines.slice(1)), /entry 1 is missing between the beginning and entry 2/);
  assert.match(
    said(lines.slice(0, -3)),
    /entries 11 to 13 are missing at the end: the record had 13/,
  );
  assert.match(said([]), /entries 1 to 13 are missing at the end/);
});

Deno.test("without a head, or with another, nobody says that all is well", () => {
  const { lines, heads } = chain(2);
  const other = { n: 5, hash: "a".repeat(64) };
  assert.match(verify(text(lines), undefined).findings[0]?.text ?? "", /head .* is missing/);
  assert.match(verify(text(lines), [other]).findings[0]?.text ?? "", /the end was rewritten/);
  const longer = chain(3);
  const put = verify(text(longer.lines), last(heads));
  assert.match(put.findings[0]?.text ?? "", /goes on behind entry 5/);
});

Deno.test("a record that was written anew is found by a head kept elsewhere, and only by that", () => {
  const { heads } = chain(4);
  const forged = chain(6);
  const [kept] = heads.slice(-1);
  assert.ok(kept);
  assert.equal(verify(text(forged.lines), last(forged.heads), kept).ok, true, "the same beginning");
  const event = { event: "began", why: "y" } as const;
  const sealed = seal(event, { after: { n: 0, hash: NOTHING_BEFORE }, at, version: "1" });
  assert.equal(verify(text([sealed.line]), [sealed.head]).ok, true);
  assert.deepEqual(
    verify(text([sealed.line]), [sealed.head], kept).findings.map(({ kind }) => kind),
    ["against"],
  );
});

Deno.test("a head is read back as it is printed, and nothing else is one", () => {
  const head = { n: 41, hash: "a".repeat(64) };
  assert.deepEqual(parseHead(headText(head)), head);
  assert.deepEqual(parseHeads(`${headText(head)} ${headText(head)}\n`), [head, head]);
  for (const wrong of ["", "41", `41:${"A".repeat(64)}`, `x:${"a".repeat(64)}`]) {
    assert.equal(parseHead(wrong), undefined, wrong);
  }
  assert.equal(parseHeads(""), undefined);
});

Deno.test("a run without an end is open until somebody says what became of it", () => {
  const { lines, heads } = chain(2);
  assert.equal(openRun(verify(text(lines), last(heads)).entries), undefined);
  const cut = verify(text(lines.slice(0, -1)), undefined).entries;
  assert.equal(openRun(cut)?.run, "r1");
});

// ── On disk ─────────────────────────────────────────────────────────────────────────────────────

const change = (host: Parameters<typeof recorded>[0]["host"], command = "config set") =>
  recorded(
    { host, dir: DIR, command, argv: [command], locked: true, facts: {} },
    () => Promise.resolve(),
  );

Deno.test("an older install begins its record with a word about it", () =>
  withFakeHost({}, async (host) => {
    host.files.put(`${DIR}/.rxdx/receipt.json`, "{}");
    await change(host);
    const { entries, ok } = await readAudit(host, DIR);
    assert.equal(ok, true);
    assert.deepEqual(entries.map((each) => each.event), ["began", "started", "ended"]);
    assert.match(JSON.stringify(entries[0]), /older than its record/);
    assert.equal((await host.files.stat(auditPath(DIR)))?.mode, 0o600);
    assert.equal((await host.files.stat(headPath(DIR)))?.mode, 0o600);
    assert.equal(await host.files.stat(`${DIR}/.rxdx/audit.reserve`), undefined);
  }));

Deno.test("a torn end, wherever it was torn, is told, stays, and the record goes on", () =>
  withFakeHost({}, async (host) => {
    await change(host);
    const whole = await host.files.readText(auditPath(DIR)) ?? "";
    const heads = await host.files.readText(headPath(DIR)) ?? "";
    const place = { after: parseHead(heads) ?? { n: 0, hash: "" }, at, version: "1" };
    const [event] = run(1);
    assert.ok(event);
    const { line, head } = seal(event, place);
    for (let length = 1; length <= line.length; length += 7) {
      host.files.put(auditPath(DIR), whole + line.slice(0, length));
      host.files.put(headPath(DIR), `${heads.trim()} ${headText(head)}\n`);
      assert.deepEqual((await readAudit(host, DIR)).findings.map((each) => each.kind), ["torn"]);
      await change(host);
      const found = await readAudit(host, DIR);
      assert.deepEqual([found.ok, found.findings], [true, []], `${length} bytes`);
      assert.match(found.notes[0]?.text ?? "", /half-written \(\d+ bytes\), recorded as such/);
      assert.equal(found.entries[3]?.event, "repaired");
      assert.ok((await host.files.readText(auditPath(DIR)))?.includes(line.slice(0, length)));
    }
  }));

Deno.test("lines cut off the end are told for good, also when the record goes on", () =>
  withFakeHost({}, async (host) => {
    await change(host);
    await change(host);
    const whole = await host.files.readText(auditPath(DIR)) ?? "";
    host.files.put(auditPath(DIR), whole.split("\n").slice(0, 3).join("\n") + "\n");
    await change(host);
    await change(host);
    const found = await readAudit(host, DIR);
    assert.equal(found.ok, false);
    assert.match(
      found.findings[0]?.text ?? "",
      /when entry 4 was added, entries 4 to 5 are missing/,
    );
  }));

Deno.test("killed after every single write, the record goes on without a false alarm", async () => {
  for (let at = 1; at < 24; at++) {
    await withFakeHost({}, async (host) => {
      await change(host);
      host.files.failAt(at, "kill");
      const killed = await change(host).then(() => false, () => true);
      host.revive();
      const between = await readAudit(host, DIR);
      assert.ok(between.findings.every(({ kind }) => kind === "torn"), `${at}`);
      await change(host);
      const found = await readAudit(host, DIR);
      assert.deepEqual(found.findings, [], `killed at ${at}`);
      if (killed && between.entries.length === 4) {
        assert.ok(found.entries.some((each) => each.event === "interrupted"), `${at}`);
      }
    });
  }
});

Deno.test("a full disk: no change without its first line; the last line has room kept for it", async () => {
  for (let at = 1; at < 20; at++) {
    await withFakeHost({}, async (host) => {
      await change(host);
      let changed = false;
      host.files.failAt(at, "ENOSPC", 1);
      const ran = await recorded(
        { host, dir: DIR, command: "x", argv: [], locked: true, facts: {} },
        () => {
          changed = true;
          return Promise.resolve();
        },
      ).then(() => "ok", (error: unknown) => (error as { code?: string }).code);
      const { entries, findings } = await readAudit(host, DIR);
      const started = entries.filter((each) => each.event === "started" && each.command === "x");
      assert.ok(!changed || started.length === 1, `${at}: ${ran}`);
      assert.deepEqual(findings.filter(({ kind }) => kind !== "torn"), []);
      // A failure that was not met above is met here.
      await change(host).catch(() => change(host));
      assert.deepEqual((await readAudit(host, DIR)).findings, [], `${at}`);
    });
  }
});
