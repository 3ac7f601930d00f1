/** The qualification record: deviations first, sealed, and no value that breaks out of its cell. */
import assert from "node:assert/strict";
import { HOSTILE, sampleReport } from "../../tests/support/report_sample.ts";
import { reportHtml } from "./html.ts";
import { reportMarkdown } from "./markdown.ts";
import { deviationsOf, isSealed } from "./report.ts";

const REPORT = sampleReport();

Deno.test("deviations: failures, then warnings, then what was not checked", () => {
  assert.deepEqual(REPORT.deviations.map(({ severity, subject }) => `${severity}: ${subject}`), [
    "failure: backend",
    "failure: docker-compose.yml",
    "failure: rxdx.yml",
    "failure: backend",
    "failure: Record of changes",
    "warning: Backups",
    "warning: nginx/nginx.prod.conf",
    "warning: SMTP_PASSWORD",
    "not checked: Names",
    "not checked: Status",
  ]);
  const nothing = { findings: [], notes: [] };
  const empty = { checks: [], files: [], secrets: [], images: [], audit: nothing };
  assert.deepEqual(
    deviationsOf({ ...REPORT, ...empty, audit: { ...REPORT.audit, ...nothing } }, []),
    [],
  );
});

Deno.test("one changed value, and it is not the sealed record any more", () => {
  assert.equal(isSealed(REPORT), true);
  assert.equal(isSealed(JSON.parse(JSON.stringify(REPORT))), true);
  assert.equal(isSealed({ ...REPORT, stack: { ...REPORT.stack, state: "healthy" } }), false);
  assert.equal(isSealed({ ...REPORT, document: { ...REPORT.document, number: "x" } }), false);
});

Deno.test("the hash is what jq and sha256sum make of the JSON form, as the page says", async (t) => {
  const jq = await new Deno.Command("jq", { args: ["--version"] }).output().catch(() => undefined);
  if (jq === undefined) {
    await t.step({ name: "needs jq", ignore: true, fn: () => undefined });
    return;
  }
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, JSON.stringify(REPORT, null, 2));
  const script = `jq -cj 'del(.document.sha256)' "$0" | sha256sum`;
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script, file] }).output();
  await Deno.remove(file);
  assert.equal(new TextDecoder().decode(stdout).split(" ")[0], REPORT.document.sha256);
});

Deno.test("HTML: no script, nothing fetched, every value escaped", () => {
  const html = reportHtml(REPORT);
  assert.doesNotMatch(html, /<script|<img|<link|<iframe|\son\w+=|src=|href=|url\(|@import/i);
  assert.match(html, /default-src 'none'/);
  assert.match(html, /@page \{ size: A4/);
  assert.ok(html.includes("&lt;/td&gt;&lt;script&gt;alert(1)&lt;/script&gt;"));
  const opened = [...html.matchAll(/<(t[dhr]|table|thead|tbody|h[12]|p)\b/g)].length;
  const closed = [...html.matchAll(/<\/(t[dhr]|table|thead|tbody|h[12]|p)>/g)].length;
  assert.equal(opened, closed);
});

Deno.test("Markdown: a hostile value stays in its cell and is text", () => {
  const markdown = reportMarkdown(REPORT);
  const line = markdown.split("\n").find((each) => each.includes("images.registry")) ?? "";
  assert.equal(line.replaceAll("\\|", "").split("|").length, 5, line);
  assert.ok(!markdown.includes("<script>"));
  assert.ok(!markdown.includes(HOSTILE));
  assert.doesNotMatch(markdown, /(?<!\\)\[d\]|\n## f/);
});

Deno.test("both forms end with the block for signatures", () => {
  for (const text of [reportMarkdown(REPORT), reportHtml(REPORT)]) {
    for (const role of ["Performed by", "Reviewed by", "Approved by"]) {
      assert.ok(text.indexOf(role) > text.indexOf("Backups"), role);
    }
  }
});
