/** The directories of an install: made by the first step, listed in the receipt. */
import type { Host } from "../host/types.ts";
import type { Plan } from "../plan/plan.ts";
import type { Step } from "../steps/step.ts";

/** Directories of an install that hold no rendered file. `nginx/acme` is served, so it is public. */
const DIRECTORIES: readonly { readonly path: string; readonly mode: number }[] = [
  { path: "nginx", mode: 0o755 },
  { path: "nginx/ssl", mode: 0o755 },
  { path: "nginx/acme", mode: 0o755 },
  { path: "nginx/maintenance", mode: 0o755 },
  { path: "postgres", mode: 0o755 },
  { path: "postgres/init", mode: 0o755 },
];

/** The same by path, with the usual place of backups. */
export const FIXED_DIRECTORIES: readonly string[] = [
  ...DIRECTORIES.map((each) => each.path),
  "backups",
];

/** Every directory that `apply` makes, relative to the install directory, parents first. */
export function ownDirectories(plan: Plan): string[] {
  return [...DIRECTORIES.map((each) => each.path), plan.answers.backups.directory]
    .filter((path) => !path.startsWith("/"));
}

export function directoriesStep(host: Host, plan: Plan): Step {
  const backups = plan.answers.backups.directory;
  const wanted = [
    ...DIRECTORIES.map(({ path, mode }) => ({ path: `${plan.dir}/${path}`, mode })),
    { path: backups.startsWith("/") ? backups : `${plan.dir}/${backups}`, mode: 0o700 },
  ];
  return {
    id: "directories",
    title: `Make the directories in ${plan.dir}`,
    isDone: async () => {
      const found = await Promise.all(wanted.map(({ path }) => host.files.stat(path)));
      return found.every((info) => info?.kind === "directory");
    },
    run: async () => {
      for (const { path, mode } of wanted) await host.files.mkdir(path, mode);
    },
  };
}
