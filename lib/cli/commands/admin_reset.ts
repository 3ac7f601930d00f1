/** `admin reset-password`: a new password for an account, which is unlocked by it. */
import { EXIT, type ExitCode } from "../../errors.ts";
import { emailProblems, normalEmail } from "../../operations/accounts/checks.ts";
import { findAccount } from "../../operations/accounts/read.ts";
import { noAccount, resetPasswordStep } from "../../operations/accounts/steps.ts";
import {
  choosePassword,
  formerPasswordNote,
  needAccounts,
  type PasswordFlags,
} from "../accounts.ts";
import type { CommandContext } from "../context.ts";
import { execute, locked } from "../execute.ts";

interface Flags extends PasswordFlags {
  readonly activate: boolean;
}

export async function run(
  context: CommandContext,
  flags: Flags,
  given: string,
): Promise<ExitCode> {
  const { host, out } = context;
  const email = normalEmail(given);
  const problems = emailProblems(email);
  const install = await needAccounts(context, ["postgres", "backend"]);
  const account = problems.length > 0 ? undefined : await findAccount(host, install, email);
  if (account === undefined && problems.length === 0) throw noAccount(email);
  const { password, generated } = await choosePassword(context, install, {
    email,
    flags,
    problems,
  });
  return await locked(context, "admin reset-password", async () => {
    await execute(context, "admin reset-password", [
      resetPasswordStep(host, install, { email, password, activate: flags.activate }),
    ]);
    const active = flags.activate || account?.active !== false;
    if (out.json) {
      out.resultJson({
        schema: 1,
        email,
        active,
        unlocked: account?.locked_until !== null,
        ...(generated ? { password: password.reveal() } : {}),
      });
      return EXIT.ok;
    }
    const lines = [
      `The password of ${email} is set.` +
      (account?.locked_until === null ? "" : " The account was locked and is open again."),
      ...(generated ? [`Password, shown this once: ${password.reveal()}`] : []),
      ...(active ? [] : ["The account is deactivated still: give --activate to let it in."]),
      ...[formerPasswordNote(install, email)].filter((each) => each !== undefined),
    ];
    out.result(lines.join("\n"));
    return EXIT.ok;
  });
}
