/** Writes `rxdx.yml` anew, so that a later `apply` wants what was just made; taken back on failure. */
import { changeDocument } from "../../answers/document_change.ts";
import type { Answers } from "../../answers/schema.ts";
import type { Host } from "../../host/types.ts";
import type { Step } from "../../steps/step.ts";
import { configurationPath, type Install } from "../install.ts";

/** The install as it will be: comments and order of the file stay. */
export function withTls(install: Install, tls: Partial<Answers["tls"]>): Install {
  const answers = { ...install.answers, tls: { ...install.answers.tls, ...tls } };
  return { ...install, answers, configuration: changeDocument(install.configuration, answers) };
}

export function configurationStep(host: Host, before: Install, after: Install): Step {
  const path = configurationPath(before.dir);
  const write = (text: string) => host.files.writeAtomic(path, text, { mode: 0o600 });
  return {
    id: "configuration",
    title: `Note it in ${path}`,
    isDone: async () => await host.files.readText(path) === after.configuration,
    run: () => write(after.configuration),
    undo: () => write(before.configuration),
  };
}
