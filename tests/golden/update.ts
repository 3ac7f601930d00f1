/** Writes the expected files of all golden cases anew: `deno task golden`. Then review the diff. */
import { theHost } from "../../lib/host/real.ts";
import { REPORT_FILES, reportDirectory } from "./report_forms.ts";
import { caseNames, expectedOf, GOLDEN, renderCase } from "./cases.ts";

if (import.meta.main) {
  const { files, terminal } = theHost();
  for (const name of await caseNames()) {
    const directory = `${GOLDEN}/${name}/expected`;
    await files.remove(directory, { recursive: true });
    const expected = await expectedOf(await renderCase(name));
    for (const [path, text] of expected) {
      const full = `${directory}/${path}`;
      await files.mkdir(full.slice(0, full.lastIndexOf("/")), 0o755);
      await files.writeAtomic(full, text, { mode: 0o644 });
    }
    terminal.out(`${name}: ${[...expected.keys()].join(" ")}\n`);
  }
  await files.mkdir(reportDirectory, 0o755);
  for (const [name, text] of Object.entries(REPORT_FILES)) {
    await files.writeAtomic(`${reportDirectory}/${name}`, text, { mode: 0o644 });
  }
  terminal.out(`report: ${Object.keys(REPORT_FILES).join(" ")}\n`);
}
