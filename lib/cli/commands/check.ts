/**
 * `check`: can this machine carry the stack, and do the services that it is configured with answer?
 * Asks as the application will ask; changes nothing but for the one message of `check mail`.
 */
import { emailAddress } from "../../answers/rules.ts";
import type { Answers } from "../../answers/schema.ts";
import { parseAnswers } from "../../answers/parse.ts";
import { nearest } from "../../answers/suggest.ts";
import { EXIT, type ExitCode, SetupError } from "../../errors.ts";
import { measure } from "../../observe/facts.ts";
import { findInstall, type Install } from "../../operations/install.ts";
import { measuredDomain } from "../../operations/measured.ts";
import { type Check, worst } from "../../plan/check.ts";
import type { Facts } from "../../plan/facts.ts";
import { machineChecks } from "../../plan/machine_checks.ts";
import { nameCheck } from "../../plan/name_check.ts";
import { Secret } from "../../plan/secret.ts";
import { measureNetwork } from "../../probe/network.ts";
import type { ProbeResult } from "../../probe/result.ts";
import { checksText } from "../checks_text.ts";
import type { CommandContext } from "../context.ts";

/** What can be checked, in the order of the output. */
export const SUBJECTS = [
  "machine",
  "names",
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
  const checks = await unlessAborted(signal, look(context, install, subjects, flags));
  const result = worst(checks);
  if (out.json) out.resultJson({ schema: 1, result, checks });
  else out.result(checksText(checks, out.resultColors));
  return result === "fail" ? EXIT.unhealthy : EXIT.ok;
}

async function look(
  { host, dir, out }: CommandContext,
  install: Install | undefined,
  subjects: readonly Subject[],
  flags: Flags,
): Promise<Check[]> {
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
    const context = { dir, project, ports, clock, now: host.clock.now() };
    if (subjects.includes("machine")) checks.push(...machineChecks(facts, context));
    checks.push(...network.names.map((each) => nameCheck(each, facts.addresses)));
  }
  for (const subject of subjects) {
    const probe = PROBES[subject];
    if (probe === undefined) continue;
    out.note(`Asking: ${TITLES[subject].toLowerCase()} …`);
    const said = await probe({ host, answers, install, facts, to: flags.to ?? "" });
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

interface Asked {
  readonly host: CommandContext["host"];
  readonly answers: Answers;
  readonly install: Install | undefined;
  readonly facts: Facts | undefined;
  readonly to: string;
}

/** As everywhere: the environment wins over `.env`. */
function secret({ host, install }: Asked, name: string): Secret {
  const present: Readonly<Record<string, string | undefined>> = install?.secrets ?? {};
  return new Secret(host.env[`RXDX_SECRET_${name}`] ?? present[name] ?? "");
}

const TITLES: Readonly<Record<Subject, string>> = {
  machine: "Machine",
  names: "Names",
  mail: "E-mail",
  imap: "Mailbox",
  model: "Language model",
  registry: "Registry",
  webhook: "Webhook",
};

const PROBES: Readonly<Partial<Record<Subject, (asked: Asked) => Promise<ProbeResult>>>> = {
  mail: async (asked) => {
    const { testMail } = await import("../../probe/mail.ts");
    const { reply_to: replyTo, ...email } = asked.answers.email;
    return await testMail(asked.host, {
      ...email,
      ...(replyTo === "" ? {} : { replyTo }),
      password: secret(asked, "SMTP_PASSWORD"),
      to: asked.to,
    });
  },
  imap: async (asked) => {
    const { testImap } = await import("../../probe/imap.ts");
    const password = secret(asked, "IMAP_PASSWORD");
    return await testImap(asked.host, { ...asked.answers.imap, password });
  },
  model: async (asked) => {
    const { testModel } = await import("../../probe/model.ts");
    const { url, model } = asked.answers.llm;
    const listeners = asked.facts?.listeners ?? [];
    return await testModel(asked.host, { url, model, listeners });
  },
  registry: async (asked) => {
    const { testRegistry } = await import("../../probe/registry.ts");
    const { registry, username } = asked.answers.images;
    const password = secret(asked, "REGISTRY_PASSWORD");
    return await testRegistry(asked.host, { registry, username, password });
  },
  webhook: async (asked) => {
    const { testWebhook } = await import("../../probe/webhook.ts");
    return await testWebhook(asked.host, asked.answers.alerts.webhook);
  },
};
