/**
 * The plan as files: what an install directory holds after `apply`. The order is the order of
 * writing: secrets first, so that nothing ever starts with secrets that are not on disk.
 */
import base from "../../templates/docker-compose.yml" with { type: "text" };
import production from "../../templates/docker-compose.prod.yml" with { type: "text" };
import type { Plan } from "../plan/plan.ts";
import { envFile, referenceFiles } from "./env_files.ts";
import type { RenderedFile } from "./file.ts";
import { nginxFiles } from "./nginx.ts";
import { POSTGRES_INIT } from "./postgres_init.ts";

export interface RenderOptions {
  /** Text of `rxdx.yml`: as the operator wrote it, or new. */
  readonly configuration: string;
  /** Further files, such as the sources of the demo images. */
  readonly sources: readonly { readonly path: string; readonly text: string }[];
}

export function renderFiles(plan: Plan, options: RenderOptions): RenderedFile[] {
  const shared = (path: string, text: string): RenderedFile => ({
    path,
    mode: 0o644,
    text,
    secret: false,
  });
  return [
    envFile(plan),
    { path: "rxdx.yml", mode: 0o600, text: options.configuration, secret: false },
    { path: "docker-compose.yml", mode: 0o600, text: base, secret: false },
    { path: "docker-compose.prod.yml", mode: 0o600, text: production, secret: false },
    ...referenceFiles(plan),
    ...nginxFiles(plan),
    ...Object.entries(POSTGRES_INIT).map(([name, text]) => shared(`postgres/init/${name}`, text)),
    ...options.sources.map(({ path, text }): RenderedFile => ({
      ...shared(path, text),
      // Mounted into the containers in development; elsewhere images are built from them.
      ...(plan.answers.environment === "development" ? { editable: true } : {}),
    })),
  ];
}
