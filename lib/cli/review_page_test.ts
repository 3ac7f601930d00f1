/** The review as a whole: what an operator must have seen, in lines that fit. */
import assert from "node:assert/strict";
import { createColors } from "picocolors";
import { samplePlan } from "../../tests/support/samples.ts";
import type { Tree } from "../answers/tree.ts";
import type { Changes } from "../operations/changes.ts";
import type { Prepared } from "../operations/prepare.ts";
import { plain } from "../tui/ansi.ts";
import { reviewPage } from "./review_page.ts";

const CHANGES: Changes = {
  files: [{ path: "rxdx.yml", kind: "create", diff: "" }],
  services: [{ service: "backend", action: "recreate", reason: "its definition changed" }],
  images: [],
  reload: false,
  handEdits: [{ path: "docker-compose.yml", kind: "edited", diff: "", kept: false }],
  notes: [],
  certificate: undefined,
  order: undefined,
  timers: [],
};

function prepared(answers: Tree, exists = false): Prepared {
  const plan = {
    ...samplePlan({ answers }),
    provenance: new Map([["alerts.email", "you"], ["ports.https", "flag"]] as const),
  };
  return {
    plan,
    files: [],
    install: exists
      ? {
        dir: plan.dir,
        answers: plan.answers,
        provenance: new Map(),
        configuration: "",
        secrets: {},
        receipt: undefined,
      }
      : undefined,
    generated: ["SECRET_KEY"],
    hasPassword: true,
    handEdits: [],
  };
}

const ANSWERS: Tree = {
  ports: { https: 8443 },
  email: { host: "mail.example.com", from: "rxdx@example.com" },
  alerts: { email: Array.from({ length: 9 }, (_, index) => `person-${index}@example.com`) },
};

function review(of: Prepared, columns: number): string {
  const options = { colors: createColors(true), columns, dirFlag: ["--dir", "/srv/x"] };
  return reviewPage(of, CHANGES, options);
}

Deno.test("every line fits, nothing of a long value is lost, no word of the command is broken", () => {
  for (const columns of [78, 60]) {
    const [page = "", command = ""] = plain(review(prepared(ANSWERS), columns))
      .split("The same, unattended");
    const lines = page.split("\n");
    for (const line of lines) assert.ok(line.length <= columns, line);
    const text = lines.join(" ").replace(/\s+/g, "");
    assert.match(command, /^ +--set alerts\.email=\S+person-8@example\.com\S*( \\)?$/m);
    for (let index = 0; index < 9; index++) assert.ok(text.includes(`person-${index}@`), text);
  }
});

Deno.test("what was brought is named, never shown, and the command repeats what is no default", () => {
  const text = plain(review(prepared(ANSWERS), 200));
  assert.match(text, /generated: SECRET_KEY/);
  assert.match(text, /yours: POSTGRES_PASSWORD/);
  assert.doesNotMatch(text, /canary/);
  assert.match(
    text,
    /rxdx-setup init --yes \\\n +--dir \/srv\/x \\\n +--set domain=rxdx\.example\.com/,
  );
  assert.match(text, /--set ports\.https=8443/);
  assert.match(text, /with RXDX_SECRET_POSTGRES_PASSWORD/);
});

Deno.test("on an installed stack: the downtime, and only what this run was told", () => {
  const text = plain(review(prepared(ANSWERS, true), 200));
  assert.match(text, /Downtime expected\n +the API for about \d s while backend is replaced/);
  const command = text.split("The same, unattended")[1] ?? "";
  assert.match(command, /--set alerts\.email=/);
  assert.doesNotMatch(command, /domain=/);
});

Deno.test("what came out of a bundle is told as a bundle, which is verified", () => {
  const of = prepared({ images: { source: "archive", file: "/root/x.bundle.tar" } });
  const archive = { kind: "archive", images: {}, ids: {}, file: "/root/x.bundle.tar" } as const;
  const origin = { ...archive, size: 1, modified: "2026-03-14T10:15:00.000Z" };
  const bundle = { digest: "a", created: "b", setup: "0.1.0", version: "1.4.0" };
  const told = (plan: Prepared["plan"]) => plain(review({ ...of, plan }, 80));
  const asBundle = told({ ...of.plan, origin: { ...origin, bundle } });
  assert.match(asBundle, /--bundle \/root\/x\.bundle\.tar/);
  assert.ok(!asBundle.includes("--set images."));
  assert.match(told({ ...of.plan, origin }), /--set images\.file=\/root\/x\.bundle\.tar/);
});
