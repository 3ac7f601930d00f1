/** A mail server that takes or refuses every message: the `mail` of the fake host. */
import { EXIT, SetupError } from "../../lib/errors.ts";
import type { MailFailure, MailHost, MailMessage, MailServer } from "../../lib/host/types.ts";

export class FakeMail implements MailHost {
  readonly sent: MailMessage[] = [];
  readonly logins: MailServer[] = [];
  #failure: MailFailure | undefined;

  /** Every message from here on fails this way. */
  failWith(failure: MailFailure | undefined): void {
    this.#failure = failure;
  }

  readonly send = async (message: MailMessage): Promise<string> => {
    await Promise.resolve();
    this.#fail(message);
    this.sent.push(message);
    return "250 2.0.0 Ok: queued as 4F2A";
  };

  readonly login = async (server: MailServer): Promise<void> => {
    await Promise.resolve();
    this.#fail(server);
    this.logins.push(server);
  };

  #fail({ host, port }: MailServer): void {
    const failure = this.#failure;
    if (failure === undefined) return;
    throw new SetupError({
      code: failure,
      message: `${host}:${port}: ${failure.replaceAll("_", " ")}.`,
      exit: EXIT.prerequisite,
    });
  }
}
