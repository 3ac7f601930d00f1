/**
 * `check`: can this machine carry the stack, and do the services that it is configured with answer?
 * Asks as the application will ask; changes nothing but for the one message of `check mail`.
 */
import { emailAddress } from "../../answers/rules.ts";
import type { Answers } from "../../answers/schema.ts";
import { parseAnswers } from "../../answers/parse.ts";
import { nearest } from "../../answers/suggest.ts";
import { EXIT, type ExitCode, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import { measure } from "../../observe/facts.ts";
import { copyChecks } from "../../operations/backup/copies/look.ts";
import { backupScene } from "../../operations/backup/scene.ts";
import { findInstall, type Install } from "../../operations/install.ts";
import { measuredDomain } from "../../operations/measured.ts";
import { certificateChecks } from "../../operations/tls/checks.ts";
import { lookAtCertificate } from "../../operations/tls/look.ts";
import { certificatePlan } from "../../operations/tls/scene.ts";
import { type Check, worst } from "../../plan/check.ts";
import { machineChecks } from "../../plan/machine_checks.ts";
import { nameCheck } from "../../plan/name_check.ts";
import { Secret } from "../../plan/secret.ts";
import { measureNetwork } from "../../probe/network.ts";
import type { SecretName } from "../../secrets/secrets.ts";
import { sceneOf } from "../certificates.ts";
import { checksText } from "../checks_text.ts";
import { runProbe } from "../probes.ts";
import type { CommandContext } from "../context.ts";

/** What can be checked, in the order of the output. */
export const SUBJECTS = [
  "machine",
  "names",
  "certificate",
  "copies",
  "mail",
  "imap",
  "model",
  "registry",
  "webhook",
] as const;

type Subject = (typeof SUBJECTS)[number];

interface Flags {
  readonly to?: string;
}

function subjectsOf(words: readonly string[]): readonly Subject[] {
  if (words.length === 0) return ["machine", "names"];
  for (const word of words) {
    if ((SUBJECTS as readonly string[]).includes(word)) continue;
    const meant = nearest(word, SUBJECTS);
    throw new SetupError({
      code: "usage",
      message: `${word} is nothing that can be checked.` +
        (meant === undefined ? "" : ` Did you mean ${meant}?`),
      hint: `One or more of: ${SUBJECTS.join(", ")}`,
      exit: EXIT.usage,
    });
  }
  return SUBJECTS.filter((each) => words.includes(each));
}

function recipient(flags: Flags): string {
  const { to } = flags;
  if (to !== undefined && emailAddress.holds(to)) return to;
  throw new SetupError({
    code: "usage",
    message: to === undefined
      ? "Who shall get the test message?"
      : `${JSON.stringify(to)} is no e-mail address.`,
    hint: "rxdx-setup check mail --to you@example.com",
    exit: EXIT.usage,
  });
}

/** Ends the wait at Ctrl-C: a model may take minutes to answer. */
function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const stop = () => aborted.reject(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  return Promise.race([work, aborted.promise]).finally(() =>
    signal.removeEventListener("abort", stop)
  );
}

export async function run(
  context: CommandContext,
  flags: Flags,
  ...words: readonly string[]
): Promise<ExitCode> {
  const { host, out, dir, signal } = context;
  const subjects = subjectsOf(words);
  if (subjects.includes("mail")) recipient(flags);
  const install = await findInstall(host, dir);
  if (install === undefined && subjects.some((each) => each !== "machine" && each !== "names")) {
    throw new SetupError({
      code: "not_installed",
      message: `There is no RxDx stack in ${dir} whose settings could be checked.`,
      hint: "rxdx-setup check, for the machine alone; or name another directory with --dir",
      exit: EXIT.prerequisite,
    });
  }
  const checks = await unlessAborted(signal, lookAt(context, install, subjects, flags));
  const result = worst(checks);
  if (out.json) out.resultJson({ schema: 1, result, checks });
  else out.result(checksText(checks, out.resultColors));
  return result === "fail" ? EXIT.unhealthy : EXIT.ok;
}

async function lookAtTls(context: CommandContext, install: Install): Promise<Check[]> {
  const { host } = context;
  const scene = sceneOf(context, await certificatePlan(host, install));
  return certificateChecks(scene.plan, await lookAtCertificate(scene), host.clock.now());
}

async function lookAtCopies(host: Host, install: Install): Promise<Check[]> {
  const checks = await copyChecks(await backupScene(host, install));
  return checks.length > 0 ? checks : [{
    id: "copies",
    title: TITLES.copies,
    state: "fail",
    detail: "backups.copy_to names no place for copies",
    hint: "rxdx-setup config set backups.copy_to=/mnt/nas/rxdx",
  }];
}

/** What the subjects say, one line or more each. */
export async function lookAt(
  context: CommandContext,
  install: Install | undefined,
  subjects: readonly Subject[],
  flags: Flags,
): Promise<Check[]> {
  const { host, dir, out } = context;
  const answers = install?.answers ?? defaults();
  const ports = [answers.ports.http, answers.ports.https];
  const needsFacts = ["machine", "names", "model"] as const;
  const facts = subjects.some((each) => needsFacts.some((name) => name === each))
    ? await measure(host, { dir, ports })
    : undefined;
  const checks: Check[] = [];
  if (facts !== undefined && (subjects.includes("machine") || subjects.includes("names"))) {
    const names = install === undefined
      ? [measuredDomain(facts)]
      : [answers.domain, ...answers.aliases];
    const network = await measureNetwork(host, subjects.includes("names") ? names : []);
    const { clock } = network;
    // Before an install no stack is one's own, whatever its name.
    const project = install === undefined ? "" : answers.name;
    const measured = { dir, project, ports, clock, now: host.clock.now() };
    if (subjects.includes("machine")) checks.push(...machineChecks(facts, measured));
    checks.push(...network.names.map((each) => nameCheck(each, facts.addresses)));
  }
  for (const subject of subjects) {
    if (subject === "machine" || subject === "names") continue;
    if (subject === "certificate") {
      if (install !== undefined) checks.push(...await lookAtTls(context, install));
      continue;
    }
    if (subject === "copies") {
      if (install === undefined) continue;
      out.note("Asking: targets of copies …");
      checks.push(...await lookAtCopies(host, install));
      continue;
    }
    out.note(`Asking: ${TITLES[subject].toLowerCase()} …`);
    const said = await runProbe(subject, {
      host,
      answers,
      secret: (name) => secretOf(host.env, install, name),
      listeners: facts?.listeners ?? [],
      to: flags.to ?? "",
    });
    checks.push({
      id: subject,
      title: TITLES[subject],
      state: said.ok ? "ok" : "fail",
      detail: said.detail,
      ...(said.hint === undefined ? {} : { hint: said.hint }),
    });
  }
  return checks;
}

/** What `rxdx.yml` has where nothing is set. */
function defaults(): Answers {
  const parsed = parseAnswers({});
  if (!parsed.ok) throw new TypeError("the defaults are not valid");
  return parsed.answers;
}

/** As everywhere: the environment wins over `.env`. */
function secretOf(
  env: Readonly<Record<string, string>>,
  install: Install | undefined,
  name: SecretName,
): Secret {
  return new Secret(env[`RXDX_SECRET_${name}`] ?? install?.secrets[name] ?? "");
}

const TITLES: Readonly<Record<Subject, string>> = {
  machine: "Machine",
  names: "Names",
  certificate: "Certificate",
  copies: "Copies",
  mail: "E-mail",
  imap: "Mailbox",
  model: "Language model",
  registry: "Registry",
  webhook: "Webhook",
};
