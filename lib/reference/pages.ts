/** Every generated page of the reference. Called by `write.ts` and by its test. */
import type { Host } from "../host/types.ts";
import { commandsPage } from "./commands.ts";
import { configurationPage } from "./configuration.ts";
import { dashboardKeysPage } from "./dashboard_keys.ts";
import { doctorPage } from "./doctor_page.ts";
import { environmentPage } from "./environment.ts";
import { errorsPage } from "./errors_page.ts";
import { exitCodesPage } from "./exit_codes.ts";
import { failureSignaturesPage } from "./failure_signatures.ts";
import { filesPage } from "./files.ts";
import { formatMarkdown } from "./format.ts";
import { helpTexts } from "./help_texts.ts";
import { jsonPage } from "./json_page.ts";
import { manPage } from "./man.ts";
import type { Page } from "./page.ts";
import { statusPage } from "./status_page.ts";

/** The page for man(1). */
export async function manualPage(host: Host): Promise<Page> {
  const { root, commands } = await helpTexts(host);
  return manPage(root, commands);
}

/** @param root directory of the repository, without a trailing slash */
export async function referencePages(host: Host, root: string): Promise<Page[]> {
  const { root: program, commands } = await helpTexts(host);
  const pages = [
    commandsPage(program, commands),
    configurationPage(),
    dashboardKeysPage(),
    doctorPage(),
    environmentPage(),
    await errorsPage(host, root),
    exitCodesPage(),
    failureSignaturesPage(),
    filesPage(),
    jsonPage(),
    statusPage(),
  ];
  return await Promise.all(
    pages.map(async ({ path, text }) => ({ path, text: await formatMarkdown(host, root, text) })),
  );
}
