import assert from "node:assert/strict";
import { withFakeHost } from "../../../tests/support/fake_host.ts";
import { EXIT, SetupError } from "../../errors.ts";
import type { FullScreen } from "../full_screen.ts";
import type { Actor } from "./actions.ts";
import { carryOut } from "./effects.ts";
import type { Effect, Message } from "./model.ts";
import { UnderWay } from "./under_way.ts";

const RESTART = { kind: "restart", service: "backend" } as const;

const ACTOR: Actor = {
  preview: () => Promise.resolve(["one container"]),
  perform: (_, report) => Promise.resolve(report("stopping")),
  shell: () => ["sh"],
  doctor: () => Promise.resolve(["✓ well"]),
  save: (path) => Promise.resolve(`/tmp/${path}`),
};

/** What the dashboard is told after an effect. */
async function told(effect: Effect, actor: Partial<Actor> | undefined): Promise<Message[]> {
  const messages: Message[] = [];
  const written: string[] = [];
  await withFakeHost({}, async (host) => {
    const screen = {
      tell: (sequence: string) => written.push(sequence),
      handOver: (program: () => Promise<void>) => program(),
    } as unknown as FullScreen;
    carryOut({
      host,
      screen,
      actor: actor === undefined ? undefined : { ...ACTOR, ...actor },
      dispatch: (message) => messages.push(message),
      underWay: new UnderWay(),
    }, effect);
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  });
  return written.length === 0
    ? messages
    : [{ type: "outcome", ok: true, text: written.join(""), hint: "" }];
}

const failing = () =>
  Promise.reject(
    new SetupError({
      code: "locked",
      message: "Another run holds the lock.\nmore",
      hint: "Wait for it",
      exit: EXIT.locked,
    }),
  );

Deno.test("an action is reported while it goes on, and told when it is done", async () => {
  const [doing, done] = await told({ do: "perform", action: RESTART }, {});
  assert.deepEqual(doing, { type: "doing", text: "stopping" });
  assert.ok(done?.type === "outcome" && done.ok);
  assert.match(done.text, /^backend is restarted and healthy, after \d+\.\d s$/);
});

Deno.test("an action that fails is told in one line, with what to do", async () => {
  assert.deepEqual(await told({ do: "perform", action: RESTART }, { perform: failing }), [{
    type: "outcome",
    ok: false,
    text: "Could not restart backend: Another run holds the lock.",
    hint: "Wait for it",
  }]);
});

Deno.test("a preview that cannot be made refuses the action, with every problem", async () => {
  const preview = () =>
    Promise.reject(
      new SetupError({
        code: "invalid_answers",
        message: "1 problem in the new number; nothing was written.",
        exit: EXIT.answers,
        problems: [{ key: "resources.backend.replicas", value: "40", rule: "is at most 32" }],
      }),
    );
  const [refused] = await told({ do: "preview", action: RESTART }, { preview });
  assert.ok(refused?.type === "previewed" && refused.refused);
  assert.deepEqual(refused.lines.slice(-2), [
    "resources.backend.replicas: 40",
    "is at most 32",
  ]);
});

Deno.test("what is copied is text, whatever was in it, and not without end", async () => {
  const [copied] = await told({ do: "copy", text: "要件\u0007 " + "x".repeat(100_000) }, {});
  assert.ok(copied?.type === "outcome");
  const base64 = /^\u001b\]52;c;([A-Za-z0-9+/=]+)\u0007$/.exec(copied.text)?.[1];
  assert.ok(base64 !== undefined, "one sequence, and nothing of the text in it as it is");
  assert.equal(atob(base64).length, 64 * 1024);
});

Deno.test("doctor that cannot look says so on its page and in a line", async () => {
  const messages = await told({ do: "doctor", service: undefined }, { doctor: failing });
  assert.deepEqual(messages.map((each) => each.type), ["diagnosed", "outcome"]);
});

Deno.test("a dashboard that only shows does nothing", async () => {
  const [message] = await told({ do: "perform", action: RESTART }, undefined);
  assert.ok(message?.type === "outcome" && !message.ok);
});
