/** `admin remove`: accounts go; those whose work is in the database are deactivated instead. */
import { EXIT, type ExitCode, invalidAnswers, SetupError } from "../../errors.ts";
import { emailProblems, normalEmail } from "../../operations/accounts/checks.ts";
import { administrators, readAccounts } from "../../operations/accounts/read.ts";
import {
  lastAdmin,
  noAccount,
  removeAccountStep,
  type Removed,
} from "../../operations/accounts/steps.ts";
import { needAccounts } from "../accounts.ts";
import { confirm } from "../confirm.ts";
import type { CommandContext } from "../context.ts";
import { execute, locked } from "../execute.ts";

export async function run(
  context: CommandContext,
  _flags: unknown,
  ...given: readonly string[]
): Promise<ExitCode> {
  const { host, out } = context;
  const emails = [...new Set(given.map(normalEmail))];
  if (emails.length === 0) {
    throw new SetupError({
      code: "usage",
      message: "Say whose account.",
      hint: "rxdx-setup admin remove test@example.com; who there is: rxdx-setup admin list",
      exit: EXIT.usage,
    });
  }
  const problems = emails.flatMap(emailProblems);
  if (problems.length > 0) throw invalidAnswers(problems, "what was given");
  const install = await needAccounts(context, ["postgres"]);
  const accounts = await readAccounts(host, install);
  const found = emails.map((email) => {
    const account = accounts.find((each) => each.email.toLowerCase() === email);
    if (account === undefined) throw noAccount(email);
    return account;
  });
  const left = administrators(accounts).filter((each) => !found.includes(each));
  const [last] = administrators(found);
  if (last !== undefined && left.length === 0) throw lastAdmin(last.email);
  out.note("An account to which anything in the database refers is deactivated, not deleted.");
  await confirm(
    context,
    `Remove ${found.map((each) => each.email).join(", ")}?`,
    "If these accounts are meant, give --yes",
  );
  return await locked(context, "admin remove", async () => {
    const outcomes: { email: string; outcome: Removed }[] = [];
    await execute(
      context,
      "admin remove",
      found.map(({ email }) =>
        removeAccountStep(host, install, email, (outcome) => outcomes.push({ email, outcome }))
      ),
    );
    if (out.json) out.resultJson({ schema: 1, accounts: outcomes });
    else {
      out.result(
        outcomes.map(({ email, outcome }) =>
          outcome === "deleted"
            ? `${email} is removed.`
            : `${email} is deactivated: what it wrote stays, with its name.`
        ).join("\n"),
      );
    }
    return EXIT.ok;
  });
}
