/** Every screen of the wizard as text that a reviewer can read, at three sizes; and any size at all. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  CHECKS,
  played,
  REVIEW,
  type WizardScenario,
  wizardSession,
} from "../../../tests/support/wizard_scenario.ts";
import { lineWidth, plain } from "../ansi.ts";
import { palette } from "../widgets/palette.ts";
import type { Message, WizardModel } from "./model.ts";
import type { WizardSession } from "./session.ts";
import { update } from "./update.ts";
import { view } from "./view.ts";

const GOLDEN = new URL("../../../tests/golden/wizard/", import.meta.url);

const SIZES = [
  { columns: 120, rows: 40 },
  { columns: 80, rows: 24 },
  { columns: 40, rows: 12 },
] as const;

const page = (index: number) => "<enter>" + "<pagedown>".repeat(index - 1);
const looked: Message = { type: "checks", checks: CHECKS };

type Input = readonly (string | Message)[];

const SCREENS: Readonly<Record<string, { input: Input; of?: WizardScenario }>> = {
  "looking": { input: [] },
  "welcome": { input: [looked] },
  "welcome-again": {
    input: [looked],
    of: {
      exists: true,
      draft: { at: "2026-03-01T10:00:00.000Z", page: "tls", base: "base", you: {} },
    },
  },
  "environment": { input: [page(1), "<down>"] },
  "address": {
    input: [page(2), "<ctrl+u>rxdx.example.org<enter>", {
      type: "names",
      of: "rxdx.example.org",
      checks: [{
        id: "rxdx.example.org",
        title: "DNS",
        state: "warn",
        detail: "rxdx.example.org is not this machine: 198.51.100.7",
        hint: "point its A record to 192.0.2.10",
      }],
    }],
  },
  "address-wrong": { input: [page(2), "<ctrl+u>https://x<enter>"] },
  "images-registry": { input: [page(3), "<down><tab>registry.example.com/rxdx<enter>1.2.0"] },
  "tls-letsencrypt": { input: [page(4), "<down>"] },
  "tls-files": { input: [page(4), "<down><down><tab>/root/cert.pem<tab>/root/key.pem"] },
  "tls-external": { input: [page(4), "<down><down><down>"] },
  "secrets": { input: [page(5), "<tab><tab><tab>correct horse battery staple"] },
  "resources": { input: [page(6)] },
  "resources-custom": { input: [page(6), "c<tab>2<enter>4G"] },
  "resources-too-much": { input: [page(6), "c<tab><tab><tab><tab><tab><tab>64G<pagedown>"] },
  "explain": { input: [page(6), "e"] },
  "mail": {
    input: [
      page(7),
      "mail.example.com<enter><enter><enter><enter>rxdx@example.com<enter><enter><enter><enter>",
      {
        type: "probed",
        probe: "mail",
        result: {
          ok: false,
          detail: "mail.example.com refuses the login",
          hint: "check user and password",
        },
      },
    ],
  },
  "backups": { input: [page(8)] },
  "help": { input: [page(1), "?"] },
};

function shownOf(session: WizardSession, size: { columns: number; rows: number }, input: Input) {
  const { model } = played(session, size, ...input);
  return checked(model, session);
}

/** The frame without colours, after its promises: as many lines as rows, none too wide. */
function checked(model: WizardModel, session: WizardSession): string[] {
  const frame = view(model, session, palette(true));
  assert.equal(frame.length, model.size.rows);
  for (const line of frame) {
    assert.ok(lineWidth(line) <= model.size.columns, JSON.stringify(line));
    assert.doesNotMatch(plain(line), /\p{Cc}/u);
  }
  return view(model, session, palette(false)).map(plain);
}

async function compare(name: string, size: { columns: number; rows: number }, frame: string[]) {
  const shown = frame.map((line) => line.trimEnd()).join("\n") + "\n";
  const file = new URL(`${name}-${size.columns}x${size.rows}.txt`, GOLDEN);
  // RXDX_GOLDEN=update writes what is shown now; a reviewer reads the difference.
  if (Deno.env.get("RXDX_GOLDEN") === "update") await Deno.writeTextFile(file, shown);
  assert.equal(shown, await Deno.readTextFile(file));
}

for (const [name, { input, of }] of Object.entries(SCREENS)) {
  for (const size of SIZES) {
    Deno.test(`wizard: ${name} at ${size.columns}×${size.rows}`, async () => {
      await compare(name, size, shownOf(wizardSession(of), size, input));
    });
  }
}

Deno.test("wizard: the review in each of its states", async () => {
  const session = wizardSession();
  const size = { columns: 80, rows: 24 };
  const { model } = played(session, size, "<enter>".repeat(40));
  const states = {
    "review": REVIEW,
    "review-problems": {
      ...REVIEW,
      problems: [{
        key: "resources",
        value: "custom",
        rule: "must fit this machine: postgres 64G does not fit into 7680M",
        example: "smaller limits",
      }],
    },
    "review-obstacle": {
      ...REVIEW,
      obstacle: {
        message: "The name rxdx is in use by containers of /srv/rxdx.",
        hint: "choose another name",
      },
    },
    "review-failed": { failed: "docker compose config ended with 15" },
  };
  for (const [name, review] of Object.entries(states)) {
    const [next] = update(model, { type: "reviewed", said: model.said, review }, session);
    await compare(name, size, checked(next, session));
  }
  await compare("review-working", size, checked(model, session));
  const [ready] = update(model, { type: "reviewed", said: model.said, review: REVIEW }, session);
  const [saving] = update(ready, { type: "key", key: { name: "s", text: "s" } }, session);
  await compare("review-saving", size, checked(saving, session));
});

Deno.test("wizard: any size, any page, keeps to the terminal", () => {
  fc.assert(fc.property(
    fc.constantFrom(...Object.values(SCREENS)),
    fc.integer({ min: 1, max: 200 }),
    fc.integer({ min: 1, max: 60 }),
    ({ input, of }, columns, rows) => {
      shownOf(wizardSession(of), { columns, rows }, input);
    },
  ));
});

Deno.test("wizard: a secret is on no screen", () => {
  const session = wizardSession();
  const secret = "correct-horse-battery-staple";
  for (const more of ["", "<enter>", "<enter><enter>", "<pagedown><pageup>"]) {
    const { model } = played(session, SIZES[0], page(5), `<tab><tab><tab>${secret}${more}`);
    assert.ok(!checked(model, session).join("\n").includes("horse"), more);
  }
});
