/** What alerts need to know of a stack: where messages go, with which login, and what must not be in them. */
import { EXIT, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import { type ChannelSettings, channelsOf } from "../../notify/deliver.ts";
import { partsOfAddress, redactor } from "../../notify/redact.ts";
import type { AlertState } from "../../notify/state.ts";
import type { AlertOrigin } from "../../notify/text.ts";
import type { StatusProblem } from "../../observe/status.ts";
import { urlOf } from "../../plan/plan.ts";
import { Secret } from "../../plan/secret.ts";
import type { SecretName } from "../../secrets/secrets.ts";
import type { Install } from "../install.ts";

const LOGIN = "SMTP_PASSWORD" satisfies SecretName;

/** As everywhere: the environment wins over `.env`. */
export function channelSettings(host: Host, install: Install): ChannelSettings {
  const { alerts, email } = install.answers;
  const password = host.env[`RXDX_SECRET_${LOGIN}`] ?? install.secrets[LOGIN] ?? "";
  return { alerts, email, password: new Secret(password) };
}

export function originOf(
  host: Host,
  { answers, dir }: Install,
  state: string,
  { id }: AlertState,
): AlertOrigin {
  return {
    stack: answers.name,
    environment: answers.environment,
    url: urlOf(answers),
    state,
    hostname: host.system.hostname(),
    dir,
    repeatHours: answers.alerts.repeat_hours,
    id,
  };
}

/** Problems quote checks and servers, and those may quote a secret. */
export function withoutSecrets(
  host: Host,
  install: Install,
  problems: readonly StatusProblem[],
): readonly StatusProblem[] {
  const { alerts, password } = channelSettings(host, install);
  const clean = redactor([
    ...Object.values(install.secrets),
    password.reveal(),
    ...partsOfAddress(alerts.webhook).filter((each) => each.length >= 12),
  ]);
  return problems.map((each) => ({
    ...each,
    message: clean(each.message),
    hint: clean(each.hint),
  }));
}

/** @throws SetupError `alerts_off` (exit 3) where nobody is told of anything */
export function needChannels(settings: ChannelSettings): void {
  if (channelsOf(settings).length > 0) return;
  throw new SetupError({
    code: "alerts_off",
    message: "Nobody is told of anything: neither alerts.email nor alerts.webhook is set.",
    hint: "rxdx-setup config set alerts.email=ops@example.com; then rxdx-setup apply",
    exit: EXIT.answers,
  });
}
