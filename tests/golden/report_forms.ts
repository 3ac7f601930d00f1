/** What the golden files of the qualification record hold; read by its test, written by `update.ts`. */
import { reportHtml } from "../../lib/report/html.ts";
import { reportMarkdown } from "../../lib/report/markdown.ts";
import { sampleReport } from "../support/report_sample.ts";

export const reportDirectory: string = decodeURIComponent(
  new URL("report/expected", import.meta.url).pathname,
);

const report = sampleReport();

export const REPORT_FILES: Readonly<Record<string, string>> = {
  "report.md": reportMarkdown(report),
  "report.html": reportHtml(report),
  "report.json": JSON.stringify(report, null, 2) + "\n",
};
