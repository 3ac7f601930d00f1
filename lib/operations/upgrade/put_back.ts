/** The files of the version before take their places; what somebody else wrote into one is kept aside. */
import type { Host } from "../../host/types.ts";
import { readReceipt } from "../../steps/receipt.ts";
import type { Step } from "../../steps/step.ts";
import { asideDirectory, keepAside } from "../../steps/write_files.ts";
import { forgetWritten, readWritten } from "../../steps/written.ts";
import { isOurs } from "../hand_edits.ts";
import type { Shelf } from "./kept_names.ts";
import { differingFiles } from "./store.ts";

/** A file of the install that is not as it was. */
export interface GoesBack {
  readonly path: string;
  /** True where more than the upgrade may have changed it: its present text is kept aside. */
  readonly aside: boolean;
}

/** What is ours to keep track of, and nobody's to edit. */
const isOwn = (path: string) => path.startsWith(".rxdx/");

/** Changes of the configuration were applied, and are no hand edits; they are somebody's all the same. */
async function asideOf(host: Host, dir: string, shelf: Shelf) {
  const [receipt, written] = [await readReceipt(host, dir), await readWritten(host, dir)];
  return async (path: string): Promise<string | undefined> => {
    if (isOwn(path)) return undefined;
    const text = await host.files.readText(`${dir}/${path}`);
    if (text === undefined) return undefined;
    const edited = !isOurs(path, text, receipt, written);
    return edited || (path === "rxdx.yml" && shelf === "previous") ? text : undefined;
  };
}

/** The files that go back, for who is asked whether they shall. */
export async function filesGoingBack(host: Host, dir: string, shelf: Shelf): Promise<GoesBack[]> {
  const aside = await asideOf(host, dir, shelf);
  const found = (await differingFiles(host, dir, shelf)).filter(({ path }) => !isOwn(path));
  return await Promise.all(
    found.map(async ({ path }) => ({ path, aside: await aside(path) !== undefined })),
  );
}

export function filesStep(
  { host, plan: { dir }, shelf }: {
    readonly host: Host;
    readonly plan: { readonly dir: string };
    readonly shelf: Shelf;
  },
): Step {
  return {
    id: "return-files",
    title: "Put the files back as they were",
    isDone: async () => (await differingFiles(host, dir, shelf)).length === 0,
    run: async (report) => {
      // The receipt goes back after the files that it tells of: a run that was killed asks it again.
      const asideText = await asideOf(host, dir, shelf);
      const directory = asideDirectory(host.clock.now());
      for (const { path, text, mode } of await differingFiles(host, dir, shelf)) {
        const present = await asideText(path);
        if (present !== undefined && present !== text) {
          await keepAside(host, dir, directory, path, present);
          report.detail(`${path}; the present one is kept in ${directory}`);
        } else report.detail(path);
        const to = `${dir}/${path}`;
        if (text === undefined) await host.files.remove(to);
        else {
          await host.files.mkdir(to.slice(0, to.lastIndexOf("/")), 0o755);
          await host.files.writeAtomic(to, text, { mode });
        }
      }
      // What was written since is known to nobody any more, and is there no more.
      await forgetWritten(host, dir);
    },
  };
}
