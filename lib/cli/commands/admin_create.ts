/** `admin create`: another account of the application, an administrator unless another role is named. */
import { EXIT, type ExitCode, type Problem, SetupError } from "../../errors.ts";
import {
  emailProblems,
  nameProblems,
  normalEmail,
  roleProblems,
} from "../../operations/accounts/checks.ts";
import { findAccount } from "../../operations/accounts/read.ts";
import { createAccountStep } from "../../operations/accounts/steps.ts";
import { choosePassword, needAccounts, type PasswordFlags } from "../accounts.ts";
import type { CommandContext } from "../context.ts";
import { execute, locked } from "../execute.ts";

interface Flags extends PasswordFlags {
  readonly name?: string;
  readonly role?: string;
}

export async function run(
  context: CommandContext,
  flags: Flags,
  given: string,
): Promise<ExitCode> {
  const { host, out } = context;
  const email = normalEmail(given);
  const role = flags.role ?? "admin";
  const name = (flags.name ?? (role === "admin" ? "Administrator" : email)).trim();
  const problems: Problem[] = [
    ...emailProblems(email),
    ...roleProblems(role),
    ...nameProblems(name),
  ];
  const install = await needAccounts(context, ["postgres", "backend"]);
  const present = await findAccount(host, install, email);
  if (present !== undefined) throw exists(email, present.active);
  const { password, generated } = await choosePassword(context, install, {
    email,
    flags,
    problems,
  });
  return await locked(context, "admin create", async () => {
    if (await findAccount(host, install, email) !== undefined) throw exists(email, true);
    await execute(context, "admin create", [
      createAccountStep(host, install, { email, name, role, password }),
    ]);
    if (out.json) {
      out.resultJson({
        schema: 1,
        email,
        role,
        ...(generated ? { password: password.reveal() } : {}),
      });
    } else {
      out.result(
        `${email} can log in as ${role}.` +
          (generated ? `\nPassword, shown this once: ${password.reveal()}` : ""),
      );
    }
    return EXIT.ok;
  });
}

function exists(email: string, active: boolean): SetupError {
  return new SetupError({
    code: "account_exists",
    message: `There is an account ${email} already${active ? "" : ", deactivated"}.`,
    hint: `rxdx-setup admin reset-password ${email}${active ? "" : " --activate"}`,
    exit: EXIT.usage,
  });
}
