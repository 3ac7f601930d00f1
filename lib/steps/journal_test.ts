/** Journals as they are found after a crash: whole, half-written, foreign. */
import assert from "node:assert/strict";
import { withFakeHost } from "../../tests/support/fake_host.ts";
import {
  findInterrupted,
  type JournalEntry,
  openJournal,
  parseJournal,
  pruneJournals,
  unfinished,
} from "./journal.ts";

const at = "2026-03-14T10:15:00.000Z";
const START: JournalEntry = {
  event: "run-start",
  at,
  run: "r1",
  command: "init",
  pid: 1,
  version: "1",
  steps: [{ id: "a", title: "Do a" }, { id: "b", title: "Do b" }],
};
const lines = (...entries: JournalEntry[]) =>
  entries.map((each) => JSON.stringify(each)).join("\n") + "\n";
const A_START: JournalEntry = { event: "step-start", at, id: "a" };
const A_DONE: JournalEntry = { event: "step-done", at, id: "a", skipped: false };
const B_START: JournalEntry = { event: "step-start", at, id: "b" };
const END: JournalEntry = { event: "run-end", at, ok: true };

Deno.test("a run that came to its end, well or badly, is not unfinished", () => {
  assert.equal(unfinished([START, A_START, A_DONE, END]), undefined);
  assert.equal(unfinished([START, { event: "run-end", at, ok: false }]), undefined);
  assert.equal(unfinished([]), undefined);
  assert.equal(unfinished([A_START]), undefined);
});

Deno.test("a run that died says in which step, or that it was between two", () => {
  assert.deepEqual(unfinished([START, A_START, A_DONE, B_START]), {
    run: "r1",
    command: "init",
    startedAt: at,
    during: "Do b",
    finished: 1,
    total: 2,
  });
  assert.equal(unfinished([START, A_START, A_DONE])?.during, undefined);
  assert.equal(unfinished([START])?.finished, 0);
});

Deno.test("a half-written last line is left out, wherever it was cut", () => {
  const whole = lines(START, A_START, A_DONE);
  const last = JSON.stringify(B_START);
  for (let length = 0; length < last.length; length++) {
    assert.deepEqual(parseJournal(whole + last.slice(0, length)), [START, A_START, A_DONE]);
  }
  assert.deepEqual(parseJournal(whole + last), [START, A_START, A_DONE, B_START]);
});

Deno.test("what is no journal is nothing, not an exception", () => {
  for (
    const text of ["", "\n\n", "not json", "null\n", "42\n", '"text"\n', "[]\n", "{}\n", "\0\0\0"]
  ) {
    assert.equal(unfinished(parseJournal(text)), undefined, JSON.stringify(text));
  }
  assert.equal(unfinished(parseJournal(lines(START) + "null\n"))?.run, "r1");
});

Deno.test("only the newest journal is asked, and only journals", () =>
  withFakeHost({}, async (host) => {
    const dir = "/opt/rxdx";
    assert.equal(await findInterrupted(host, dir), undefined);
    host.files.put(`${dir}/.rxdx/journal/20260101T000000000Z-init-0001.jsonl`, lines(START));
    assert.equal((await findInterrupted(host, dir))?.run, "r1");
    host.files.put(`${dir}/.rxdx/journal/20260102T000000000Z-apply-0001.jsonl`, lines(START, END));
    host.files.put(`${dir}/.rxdx/journal/zzz.txt`, lines(START));
    assert.equal(await findInterrupted(host, dir), undefined);
  }));

Deno.test("a command of two words has a file name without a space", () =>
  withFakeHost({}, async (host) => {
    const journal = await openJournal(host, "/opt/rxdx", "config set");
    assert.match(journal.run, /^20260314T101500123Z-config-set-[0-9a-f]{4}$/);
    journal.close();
    assert.equal((await host.files.stat("/opt/rxdx/.rxdx/journal"))?.mode, 0o700);
  }));

Deno.test("two runs in the same millisecond have two journals", () =>
  withFakeHost({}, async (host) => {
    const [a, b] = [
      await openJournal(host, "/d", "apply"),
      await openJournal(host, "/d", "apply"),
    ];
    assert.notEqual(a.run, b.run);
    a.close();
    b.close();
  }));

Deno.test("old journals go, but for one of a run that never came to its end", () =>
  withFakeHost({}, async (host) => {
    const directory = "/opt/rxdx/.rxdx/journal";
    for (let day = 10; day < 80; day++) {
      const text = day === 12 ? lines(START, A_START) : lines(START, A_START, A_DONE, END);
      host.files.put(`${directory}/202601${day}-apply-0000.jsonl`, text);
    }
    await pruneJournals(host, "/opt/rxdx");
    const left = await host.files.list(directory);
    assert.equal(left.length, 51);
    assert.equal(left[0], "20260112-apply-0000.jsonl");
    assert.equal(left[1], "20260130-apply-0000.jsonl");
  }));
