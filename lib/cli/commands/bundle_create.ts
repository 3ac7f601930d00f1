/** `bundle create`: one file with everything that a machine without network needs for this stack. */
import { EXIT, type ExitCode, SetupError } from "../../errors.ts";
import { checkKind, createSteps, readSecretKey } from "../../operations/bundle/create.ts";
import { checkScratch, removeScratch } from "../../operations/bundle/scratch.ts";
import { verifyBundle } from "../../operations/bundle/verify.ts";
import { findInstall } from "../../operations/install.ts";
import { prepareApply, type Prepared, prepareInit } from "../../operations/prepare.ts";
import { versionOf } from "../../images/names.ts";
import { dockerArch } from "../../bundle/manifest.ts";
import { publicKeyOf } from "../../release/signing.ts";
import { bundleJson, bundleText } from "../bundle_flow.ts";
import { absolute, type CommandContext } from "../context.ts";
import { execute, locked } from "../execute.ts";
import { looking } from "../looking.ts";
import { needEngine } from "../stack_look.ts";
import { Engine } from "../../engine/client.ts";
import { quoted } from "../../steps/command_line.ts";

interface Flags {
  readonly output?: string;
  readonly answers?: string;
  readonly set?: readonly string[];
  readonly env?: string;
  readonly demo: boolean;
  readonly sign?: string;
  readonly program?: string;
  readonly sbom?: string;
}

export async function run(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const { host, out, dir } = context;
  const file = (path: string) => absolute(host, path);
  const secretKey = flags.sign === undefined
    ? undefined
    : await readSecretKey(host, file(flags.sign));
  const programSbom = flags.sbom === undefined
    ? undefined
    : await given(context, flags.sbom, "--sbom");
  const program = await programPath(context, flags.program);
  await needEngine(new Engine(host));
  const told = flags.demo || flags.answers !== undefined || flags.env !== undefined ||
    (flags.set ?? []).length > 0;
  const install = told ? undefined : await findInstall(host, dir);
  if (!told && install === undefined) {
    throw new SetupError({
      code: "not_installed",
      message: `There is no RxDx stack in ${dir} whose images could be taken.`,
      hint: "Name one with --dir; or say which images: --demo, --answers FILE, " +
        "or --set images.source=registry --set images.registry=… --set images.tag=…",
      exit: EXIT.prerequisite,
    });
  }
  // Recipes and journal of images that are for no stack of this machine lie beside the output.
  const work = file(`${(flags.output ?? "rxdx-bundle").replace(/\/+$/, "")}.work`);
  if (install === undefined) await checkScratch(host, work);
  const prepared: Prepared = install !== undefined
    ? await prepareApply(host, install)
    : await prepareInit(host, {
      dir: work,
      settings: flags.set ?? [],
      demo: flags.demo,
      ...(flags.env === undefined ? {} : { environment: flags.env }),
      ...(flags.answers === undefined ? {} : {
        answersFile: {
          path: flags.answers,
          text: await given(context, flags.answers, "--answers"),
        },
      }),
    });
  checkKind(prepared);
  const output = file(flags.output ?? defaultName(context, prepared));
  if (await host.files.stat(output) !== undefined) {
    throw new SetupError({
      code: "file_exists",
      message: `${output} is there already; a bundle is never written over.`,
      hint: "Name another file: --output FILE",
      exit: EXIT.usage,
    });
  }
  const parent = output.replace(/\/[^/]*$/, "") || "/";
  if ((await host.files.stat(parent))?.kind !== "directory") {
    const resolved = await host.process.run(["test", "-d", parent]);
    if (resolved.code !== 0) {
      throw new SetupError({
        code: "directory_missing",
        message: `There is no directory ${parent}.`,
        hint: `mkdir -p ${quoted([parent])}`,
        exit: EXIT.usage,
      });
    }
  }
  const own = install === undefined ? { ...context, dir: work } : context;
  const steps = createSteps({
    host,
    prepared,
    output,
    program,
    secretKey,
    programSbom,
    scratch: install === undefined,
  });
  await locked(own, "bundle create", async () => {
    try {
      await execute(own, "bundle create", steps);
    } finally {
      // What was built or fetched stays with Docker; only a killed run leaves this, for the next one.
      if (install === undefined) await removeScratch(host, work);
    }
  });
  // What was written is read again: a bundle that does not verify must be known here, not there.
  const of = { id: "verify-bundle", title: `Verify ${output}`, index: 0, total: 1 };
  const bundle = await looking(context, of, () =>
    verifyBundle(host, output, {
      keys: secretKey === undefined ? [] : [publicKeyOf(secretKey)],
      allowUnsigned: secretKey === undefined,
      signal: context.signal,
    }));
  if (out.json) out.resultJson(bundleJson(bundle));
  else {
    out.result(bundleText(bundle, out.resultColors));
    const flag = secretKey === undefined ? "--allow-unsigned" : "--key KEY";
    out.result(`\nOn the server: rxdx-setup init --bundle FILE ${flag}`);
    if (secretKey === undefined) {
      out.note("It is not signed: whoever gets it cannot tell who made it. --sign KEYFILE signs.");
    }
  }
  return EXIT.ok;
}

function defaultName({ host }: CommandContext, { plan }: Prepared): string {
  const version = versionOf(plan.answers, plan.origin).replace(/[^0-9A-Za-z._-]/g, "-");
  return `rxdx-${version}-${dockerArch(host.system.arch)}.bundle.tar`;
}

/** @throws SetupError `no_program` (exit 2) where this program runs from its sources */
async function programPath({ host }: CommandContext, flag: string | undefined): Promise<string> {
  const path = flag === undefined ? host.system.program : absolute(host, flag);
  const kind = path === undefined ? undefined : (await host.files.stat(path))?.kind;
  if (path !== undefined && kind === "file") return path;
  if (path !== undefined && kind === "symlink") {
    const resolved = await host.files.realPath(path);
    if (resolved !== undefined) return resolved;
  }
  throw new SetupError({
    code: "no_program",
    message: path === undefined
      ? "This program runs from its sources; a bundle needs the executable."
      : `There is no file ${path}.`,
    hint: "deno task build; then rxdx-setup bundle create --program dist/rxdx-setup",
    exit: EXIT.usage,
  });
}

async function given({ host }: CommandContext, path: string, flag: string): Promise<string> {
  const text = await host.files.readText(absolute(host, path));
  if (text !== undefined) return text;
  throw new SetupError({
    code: "file_not_found",
    message: `${flag} ${path}: there is no such file.`,
    hint: "Check the path; it is relative to the present directory.",
    exit: EXIT.usage,
  });
}
