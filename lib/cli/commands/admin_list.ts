/** `admin list`: who may log in to the application. */
import { EXIT, type ExitCode } from "../../errors.ts";
import { type Account, readAccounts } from "../../operations/accounts/read.ts";
import { printable } from "../../answers/parse.ts";
import { needAccounts } from "../accounts.ts";
import type { CommandContext } from "../context.ts";
import type { Colors } from "../output.ts";

export async function run(context: CommandContext): Promise<ExitCode> {
  const { host, out } = context;
  const install = await needAccounts(context, ["postgres"]);
  const accounts = await readAccounts(host, install);
  if (out.json) out.resultJson({ schema: 1, accounts });
  else out.result(accountsText(accounts, out.resultColors));
  return EXIT.ok;
}

function day(at: string | null): string {
  return at === null ? "-" : `${at.slice(0, 10)} ${at.slice(11, 16)}`;
}

function stateOf(account: Account): string {
  if (!account.active) return "deactivated";
  if (account.locked_until !== null) return `locked until ${day(account.locked_until)} UTC`;
  const failed = account.failed_logins ?? 0;
  return failed > 0 ? `active, ${failed} failed ${failed === 1 ? "login" : "logins"}` : "active";
}

export function accountsText(accounts: readonly Account[], c: Colors): string {
  if (accounts.length === 0) return "There is no account: rxdx-setup admin create ops@example.com";
  // A column that this version of the application does not fill is left out.
  const withLogins = accounts.some((each) => each.last_login !== null);
  const rows = [
    ["E-mail", "Role", "Created", ...(withLogins ? ["Last login"] : []), "State"],
    ...accounts.map((each) => [
      printable(each.email),
      printable(each.role),
      day(each.created_at),
      ...(withLogins ? [day(each.last_login)] : []),
      stateOf(each),
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => [...row[column] ?? ""].length))
  );
  const lines = rows.map((row, index) => {
    const text = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd();
    return index === 0 ? c.bold(text) : text;
  });
  const open = accounts.filter((each) => each.seeded && each.active).map((each) => each.email);
  return [
    ...lines,
    ...(open.length === 0 ? [] : [
      "",
      `${c.yellow("▲")} Made by the application's own seeding, whose password is public: ${
        open.join(", ")
      }`,
      `  rxdx-setup admin remove ${open.join(" ")}`,
    ]),
  ].join("\n");
}
