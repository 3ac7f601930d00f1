/**
 * The probes with what they need out of a configuration: the same for `check`, which has one, and for
 * the wizard, where it is still being made. Each is loaded when it is asked.
 */
import type { ProbeName } from "../answers/question.ts";
import type { Answers } from "../answers/schema.ts";
import type { Host } from "../host/types.ts";
import type { Listener } from "../plan/facts.ts";
import type { Secret } from "../plan/secret.ts";
import type { ProbeResult } from "../probe/result.ts";
import type { SecretName } from "../secrets/secrets.ts";

export interface ProbeSubject {
  readonly host: Host;
  readonly answers: Answers;
  readonly secret: (name: SecretName) => Secret;
  readonly listeners: readonly Listener[];
  /** Who gets the test message. */
  readonly to: string;
}

const PROBES: Readonly<Record<ProbeName, (subject: ProbeSubject) => Promise<ProbeResult>>> = {
  mail: async ({ host, answers, secret, to }) => {
    const { testMail } = await import("../probe/mail.ts");
    const { reply_to: replyTo, ...email } = answers.email;
    return await testMail(host, {
      ...email,
      ...(replyTo === "" ? {} : { replyTo }),
      password: secret("SMTP_PASSWORD"),
      to,
    });
  },
  imap: async ({ host, answers, secret }) => {
    const { testImap } = await import("../probe/imap.ts");
    return await testImap(host, { ...answers.imap, password: secret("IMAP_PASSWORD") });
  },
  model: async ({ host, answers, listeners }) => {
    const { testModel } = await import("../probe/model.ts");
    const { url, model } = answers.llm;
    return await testModel(host, { url, model, listeners });
  },
  registry: async ({ host, answers, secret }) => {
    const { testRegistry } = await import("../probe/registry.ts");
    const { registry, username } = answers.images;
    return await testRegistry(host, { registry, username, password: secret("REGISTRY_PASSWORD") });
  },
  webhook: async ({ host, answers }) => {
    const { testWebhook } = await import("../probe/webhook.ts");
    return await testWebhook(host, answers.alerts.webhook);
  },
};

export function runProbe(name: ProbeName, subject: ProbeSubject): Promise<ProbeResult> {
  return PROBES[name](subject);
}
