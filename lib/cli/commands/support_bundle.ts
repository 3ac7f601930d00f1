/** `support-bundle`: a redacted archive for asking for help, searched again before it is closed. */
import { parseSize } from "../../answers/rules.ts";
import { Engine } from "../../engine/client.ts";
import { EXIT, type ExitCode, SetupError } from "../../errors.ts";
import { findInstall, type Install } from "../../operations/install.ts";
import { type Bundle, makeBundle, needClean } from "../../operations/support/bundle.ts";
import type { SupportOptions } from "../../operations/support/part.ts";
import { readEnv } from "../../render/env_codec.ts";
import { absolute, type CommandContext } from "../context.ts";
import { runDoctor } from "../doctor_look.ts";
import { lookAtStack } from "../stack_look.ts";
import { bundleProgress, bundleText, previewText } from "../support_text.ts";

interface Flags {
  readonly output?: string;
  readonly preview: boolean;
  readonly since?: string;
  readonly maxSize?: string;
  readonly lines?: string;
  readonly logs: boolean;
  readonly keepAddresses: boolean;
}

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const LEAST_BYTES = 64 * 2 ** 10;
const MOST_LINES = 1_000_000;

function wrong(flag: string, value: string, rule: string, example: string): SetupError {
  return new SetupError({
    code: "usage",
    message: `${flag} ${value}: ${rule}`,
    hint: `rxdx-setup support-bundle ${flag} ${example}`,
    exit: EXIT.usage,
  });
}

function optionsOf(flags: Flags, now: Date): SupportOptions {
  const { since = "24h", maxSize = "20m", lines = "2000" } = flags;
  const age = /^(\d{1,5})([mhd])$/.exec(since);
  if (age === null) throw wrong("--since", since, "minutes, hours or days back", "24h");
  const back = Number(age[1]) * UNIT_MS[age[2] as keyof typeof UNIT_MS];
  const maxBytes = parseSize(maxSize);
  if (maxBytes === undefined || maxBytes < LEAST_BYTES) {
    throw wrong("--max-size", maxSize, "a size of at least 64k, with k, m or g", "20m");
  }
  if (!/^[1-9]\d{0,6}$/.test(lines) || Number(lines) > MOST_LINES) {
    throw wrong("--lines", lines, `a number from 1 to ${MOST_LINES}`, "2000");
  }
  return {
    since: new Date(now.getTime() - back),
    lines: Number(lines),
    maxBytes,
    logs: flags.logs,
    keepAddresses: flags.keepAddresses,
  };
}

/** Never over something that is there: an older bundle may be the better one. */
async function outputPath(
  context: CommandContext,
  output: string | undefined,
  name: string,
): Promise<string> {
  const { host } = context;
  const path = absolute(host, output ?? name);
  const there = await host.files.stat(path);
  if (there?.kind === "directory") return `${path}/${name}`;
  if (there === undefined) return path;
  throw new SetupError({
    code: "output_exists",
    message: `${path} exists already. Nothing was written.`,
    hint: "Move it away, or name another file with --output.",
    exit: EXIT.usage,
  });
}

/** A broken rxdx.yml is a reason to ask for help, not to refuse it. */
async function installOrWhy(context: CommandContext): Promise<Install | SetupError | undefined> {
  try {
    return await findInstall(context.host, context.dir);
  } catch (error) {
    if (error instanceof SetupError) return error;
    throw error;
  }
}

export async function run(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const { host, out, dir, signal } = context;
  const options = optionsOf(flags, host.clock.now());
  const found = await installOrWhy(context);
  const install = found instanceof SetupError ? undefined : found;
  const env = readEnv(await host.files.readText(`${dir}/.env`).catch(() => undefined) ?? "");
  const project = install?.answers.name ?? env.get("COMPOSE_PROJECT_NAME") ?? "rxdx";
  const engine = new Engine(host);
  const needed = (): Install => {
    if (install !== undefined) return install;
    throw found ?? new SetupError({
      code: "not_installed",
      message: `There is no RxDx stack in ${dir}.`,
      exit: EXIT.prerequisite,
    });
  };
  const progress = bundleProgress(host, out);
  let bundle: Bundle;
  try {
    bundle = await makeBundle({
      host,
      engine,
      dir,
      project,
      install,
      options,
      collectStatus: () => lookAtStack(context, needed(), engine),
      collectDoctor: () => runDoctor(context, needed()),
    }, { signal, onPart: progress.part });
  } finally {
    progress.end();
  }
  needClean(bundle);
  if (flags.preview) {
    if (out.json) out.resultJson({ ...bundle.manifest, archive_size: bundle.archive.length });
    else out.result(previewText(bundle, out.resultColors));
    return EXIT.ok;
  }
  const path = await outputPath(context, flags.output, `${bundle.root}.tar.gz`);
  const owner = sudoUser(host.env, host.system.uid);
  await host.files.writeAtomic(path, bundle.archive, {
    mode: 0o600,
    ...(owner === undefined ? {} : { owner }),
  });
  if (out.json) {
    out.resultJson({ ...bundle.manifest, archive: path, archive_size: bundle.archive.length });
  } else out.result(bundleText(bundle, path, out.resultColors));
  return EXIT.ok;
}

/** Whoever typed `sudo` has to be able to send it. */
function sudoUser(
  env: Readonly<Record<string, string>>,
  uid: number,
): { uid: number; gid: number } | undefined {
  const [user = "", group = ""] = [env["SUDO_UID"], env["SUDO_GID"]];
  if (uid !== 0 || !/^\d+$/.test(user) || !/^\d+$/.test(group)) return undefined;
  return { uid: Number(user), gid: Number(group) };
}
