/** Every way from one set of backend containers to another: it ends, and one always serves. */
import assert from "node:assert/strict";
import { mostAtOnce, type Move, nextMove, type Replica } from "./moves.ts";

function replica(number: number, more: Partial<Replica> = {}): Replica {
  const name = `rxdx-backend-${number}`;
  return { id: name, name, number, current: true, alive: true, serving: true, ...more };
}

const many = (count: number, more: Partial<Replica> = {}) =>
  Array.from({ length: count }, (_, index) => replica(index + 1, more));

/** Does what a move says, as Docker would; returns the containers afterwards. */
function done(replicas: readonly Replica[], move: Move): Replica[] {
  if (move.kind === "remove") return replicas.filter((each) => !move.leaving.includes(each));
  if (move.kind === "wait") return replicas.map((each) => ({ ...each, serving: each.alive }));
  const next = Math.max(0, ...replicas.map((each) => each.number)) + 1;
  const present = replicas.map((each) => each.alive ? each : replica(each.number));
  const more = move.total - present.length;
  return [...present, ...Array.from({ length: more }, (_, index) => replica(next + index))];
}

function walk(from: readonly Replica[], wanted: number) {
  const most = mostAtOnce(from.length, wanted);
  let replicas = [...from];
  const moves: Move[] = [];
  for (;;) {
    const move = nextMove(replicas, wanted, most);
    if (move === undefined) return { replicas, moves };
    moves.push(move);
    assert.ok(moves.length <= 4 * most, "it comes to an end");
    if (move.kind === "remove" && move.leaving.some((each) => each.alive)) {
      assert.ok(move.staying.some((each) => each.serving), "one serves");
    }
    if (move.kind === "add") {
      const starting = move.total - replicas.filter((each) => each.serving).length;
      assert.ok(starting <= 2, "nginx's third try finds one that serves");
    }
    replicas = done(replicas, move);
    assert.ok(replicas.length <= most, "never more than that at once");
  }
}

Deno.test("from any number to any other, with old and new limits, one always serves", () => {
  for (let present = 1; present <= 5; present++) {
    for (let wanted = 1; wanted <= 5; wanted++) {
      for (let old = 0; old <= present; old++) {
        const from = [
          ...many(old, { current: false }),
          ...Array.from({ length: present - old }, (_, index) => replica(old + index + 1)),
        ];
        const { replicas } = walk(from, wanted);
        assert.equal(replicas.length, wanted, `${present} (${old} old) → ${wanted}`);
        assert.ok(replicas.every((each) => each.current && each.serving));
      }
    }
  }
});

Deno.test("1 → 4 only adds; 4 → 1 removes the highest numbers at once", () => {
  assert.deepEqual(walk(many(1), 4).moves, [
    { kind: "add", total: 3 },
    { kind: "add", total: 4 },
  ]);
  const { moves, replicas } = walk(many(4), 1);
  assert.equal(moves.length, 1);
  const [move] = moves;
  assert.ok(move?.kind === "remove");
  assert.deepEqual(move.leaving.map((each) => each.number), [4, 3, 2]);
  assert.deepEqual(replicas.map((each) => each.number), [1]);
});

Deno.test("other limits: one more than there are, one after the other", () => {
  const { moves } = walk(many(3, { current: false }), 3);
  assert.deepEqual(moves.map((each) => each.kind), [
    "add",
    "remove",
    "add",
    "remove",
    "add",
    "remove",
  ]);
});

Deno.test("what has ended goes first, what does not serve before what does", () => {
  const ended = replica(1, { current: false, alive: false, serving: false });
  const first = nextMove([ended, replica(2)], 1, 3);
  assert.ok(first?.kind === "remove");
  assert.deepEqual(first.leaving, [ended]);
  const sick = replica(1, { serving: false });
  const move = nextMove([sick, replica(2), replica(3)], 2, 4);
  assert.ok(move?.kind === "remove");
  assert.deepEqual(move.leaving, [sick]);
});

Deno.test("where nobody would be left to serve it is waited for", () => {
  const move = nextMove([replica(1, { serving: false }), replica(2, { serving: false })], 1, 3);
  assert.deepEqual(move, { kind: "wait", total: 2 });
  assert.deepEqual(
    nextMove([replica(1, { alive: false, serving: false })], 1, 2),
    { kind: "add", total: 1 },
  );
  // A run was killed after it had started two of three.
  const begun = [replica(1), replica(2, { serving: false }), replica(3, { serving: false })];
  assert.deepEqual(nextMove(begun, 4, 5), { kind: "wait", total: 3 });
  assert.equal(nextMove(many(2), 2, 3), undefined);
});

Deno.test("killed between the making of a new one and its start: it is started, not waited for", () => {
  const old = many(2, { current: false });
  const made = replica(3, { alive: false, serving: false });
  assert.deepEqual(nextMove([...old, made], 1, 4), { kind: "add", total: 3 });
  assert.deepEqual(walk([...old, made], 1).replicas.map((each) => each.number), [3]);
});
