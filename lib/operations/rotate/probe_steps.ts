/** New passwords that somebody else issued are tried where they are for, before anything is written. */
import type { Answers } from "../../answers/schema.ts";
import { EXIT, SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import { Secret } from "../../plan/secret.ts";
import { testImap } from "../../probe/imap.ts";
import { testMailLogin } from "../../probe/mail.ts";
import { testRegistry } from "../../probe/registry.ts";
import type { ProbeResult } from "../../probe/result.ts";
import type { Kept } from "../../secrets/rotation.ts";
import type { Step } from "../../steps/step.ts";

interface Tried {
  readonly at: string;
  readonly ask: () => Promise<ProbeResult>;
}

/** Whom to ask about a password; `undefined` where nobody is configured, or nobody could tell. */
function trial(host: Host, answers: Answers, name: Kept, value: string): Tried | undefined {
  const password = new Secret(value);
  const { email, imap, images } = answers;
  if (name === "SMTP_PASSWORD" && email.host !== "" && email.user !== "") {
    return { at: email.host, ask: () => testMailLogin(host, { ...email, password }) };
  }
  if (name === "IMAP_PASSWORD" && imap.host !== "") {
    return { at: imap.host, ask: () => testImap(host, { ...imap, password }) };
  }
  if (name === "REGISTRY_PASSWORD" && images.source === "registry" && images.username !== "") {
    const { registry, username } = images;
    return {
      at: registry,
      ask: () => testRegistry(host, { registry, username, password }),
    };
  }
  return undefined;
}

/** Where a new value can be tried; `undefined` where it cannot. */
export function triedAt(host: Host, answers: Answers, name: Kept): string | undefined {
  return trial(host, answers, name, "")?.at;
}

/** @param values new values by name */
export function probeSteps(
  host: Host,
  answers: Answers,
  values: Readonly<Partial<Record<Kept, string>>>,
): Step[] {
  return (["SMTP_PASSWORD", "IMAP_PASSWORD", "REGISTRY_PASSWORD"] as const).flatMap((name) => {
    const value = values[name];
    const tried = value === undefined ? undefined : trial(host, answers, name, value);
    return value === undefined || tried === undefined ? [] : [{
      id: `rotation-try-${name.toLowerCase().replace("_password", "")}`,
      title: `Try the new ${name} at ${tried.at}`,
      check: true as const,
      isDone: () => Promise.resolve(false),
      run: async (report) => {
        const said = await tried.ask();
        if (said.ok) {
          report.detail(said.detail);
          return;
        }
        throw new SetupError({
          code: "secret_refused",
          message: `${name}: ${said.detail.replaceAll(value, "********")} Nothing was changed.`,
          ...(said.hint === undefined ? {} : { hint: said.hint }),
          exit: EXIT.prerequisite,
        });
      },
    }];
  });
}
