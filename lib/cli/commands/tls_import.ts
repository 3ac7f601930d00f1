/** `tls import`: judges a certificate that was made elsewhere, and serves it. */
import { EXIT, type ExitCode, invalidAnswers, SetupError } from "../../errors.ts";
import { configurationStep, withTls } from "../../operations/tls/configuration_step.ts";
import {
  judgeFiles,
  namesToCover,
  pairOf,
  problemOf,
  readGivenFiles,
  wantsPassphrase,
} from "../../operations/tls/import.ts";
import { importSteps } from "../../operations/tls/own_steps.ts";
import { Secret } from "../../plan/secret.ts";
import { quoted } from "../../steps/command_line.ts";
import type { Finding, PairFiles, PairLint } from "../../tls/pair_types.ts";
import { certificateResult } from "../certificate_text.ts";
import { certificatesOf, needOwnTls } from "../certificates.ts";
import { confirm } from "../confirm.ts";
import { absolute, type CommandContext } from "../context.ts";
import { execute, locked } from "../execute.ts";
import type { Colors } from "../output.ts";

interface Flags {
  readonly chain?: string;
  readonly passphraseFile?: string;
  readonly check: boolean;
}

export async function run(
  context: CommandContext,
  flags: Flags,
  certificate?: string,
  key?: string,
): Promise<ExitCode> {
  const { host, out } = context;
  if (certificate === undefined) {
    throw new SetupError({
      code: "usage",
      message: "No certificate was named.",
      hint: "rxdx-setup tls import fullchain.pem privkey.pem",
      exit: EXIT.usage,
    });
  }
  const { install, scene } = await certificatesOf(context);
  const { plan } = scene;
  needOwnTls(context, plan, "files");
  const files = await given(context, flags, certificate, key);
  const lint = await judgeFiles(host, plan, files);
  if (out.json && flags.check) out.resultJson({ schema: 1, ...lintJson(lint) });
  else if (!out.json) out.note(lintText(lint, out.colors));
  if (lint.problems.length > 0) {
    const problems = lint.problems.map((each) => problemOf(each, each.field));
    if (out.json) throw invalidAnswers(problems, `the certificate ${certificate}`);
    // They have just been shown, with what helps against each.
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    throw new SetupError({
      code: "certificate_refused",
      message: `${count} in the certificate ${certificate}; nothing was changed.`,
      hint: wantsPassphrase(files)
        ? "If it is encrypted: --passphrase-file FILE (mode 0600), or run this on a terminal"
        : "Correct what is named above and run the same command again.",
      exit: EXIT.answers,
    });
  }
  const pair = pairOf(host, plan, lint);
  if (flags.check || pair === undefined) {
    if (!out.json) out.result("The certificate can be used for this stack.");
    return EXIT.ok;
  }
  out.note("Requests under way end first; the present certificate is kept.");
  await confirm(context, "Serve it?");
  return await locked(context, "tls import", async () => {
    // The pair itself is kept here: the files may go.
    const after = withTls(install, { mode: "files", cert: "", key: "", chain: "" });
    const next = { ...scene, plan: { ...plan, answers: after.answers } };
    await execute(context, "tls import", [
      configurationStep(host, install, after),
      ...importSteps(next, pair, namesToCover(plan)),
    ]);
    await certificateResult(context, next);
    return EXIT.ok;
  });
}

async function given(
  context: CommandContext,
  flags: Flags,
  certificate: string,
  key: string | undefined,
): Promise<PairFiles> {
  const { host } = context;
  const path = (name: string | undefined) => name === undefined ? "" : absolute(host, name);
  const files = await readGivenFiles(
    host,
    { cert: path(certificate), key: path(key), chain: path(flags.chain) },
    await passphraseFrom(context, flags),
  );
  if (!wantsPassphrase(files) || !context.interactive) return files;
  const { askHidden } = await import("../../tui/prompts.ts");
  return { ...files, passphrase: new Secret(await askHidden(host, "Passphrase of the key")) };
}

/** The first line of the file; it must be its owner's alone. */
async function passphraseFrom(
  { host }: CommandContext,
  { passphraseFile }: Flags,
): Promise<Secret | undefined> {
  if (passphraseFile === undefined) return undefined;
  const path = absolute(host, passphraseFile);
  const [text, info] = await Promise.all([host.files.readText(path), host.files.stat(path)]);
  if (text === undefined || info === undefined) {
    throw new SetupError({
      code: "file_not_found",
      message: `--passphrase-file ${passphraseFile}: there is no such file.`,
      hint: "Check the path; it is relative to the present directory.",
      exit: EXIT.answers,
    });
  }
  if ((info.mode & 0o077) !== 0) {
    throw new SetupError({
      code: "file_open_to_others",
      message: `--passphrase-file ${passphraseFile} can be read by others.`,
      hint: `chmod 600 ${quoted([path])}`,
      exit: EXIT.answers,
    });
  }
  return new Secret(text.split(/\r?\n/)[0] ?? "");
}

function lintText({ problems, warnings, notes }: PairLint, c: Colors): string {
  const lines = (mark: string, findings: readonly Finding[]) =>
    findings.flatMap((each) => [
      `${mark} ${c.bold(each.message)}`,
      ...(each.rule === "" ? [] : [`  ${each.rule}`]),
      ...(each.remedy === "" ? [] : [`  ${c.dim("→")} ${each.remedy}`]),
    ]);
  const all = [
    ...lines(c.red("✗"), problems),
    ...lines(c.yellow("!"), warnings),
    ...lines(c.dim("·"), notes),
  ];
  return all.length === 0 ? "Nothing to object to." : all.join("\n");
}

function lintJson({ problems, warnings, notes, info }: PairLint): Record<string, unknown> {
  return {
    problems,
    warnings,
    notes,
    certificate: info === undefined ? null : {
      names: info.names,
      subject: info.subject,
      issuer: info.issuer,
      not_before: info.notBefore.toISOString(),
      not_after: info.notAfter.toISOString(),
      key: info.keyType,
      signature: info.signature,
      trust: info.trust,
      fingerprint_sha256: info.fingerprint,
    },
  };
}
