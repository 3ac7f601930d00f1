/** Who is logged in, and the way out. */

import type { Session } from "../session";

export function AccountBar({ session }: { readonly session: Session }) {
  if (session.token === undefined) return null;
  const { account } = session;
  return (
    <div className="account">
      {account !== undefined && (
        <span className="who">
          <span className="name">{account.full_name}</span>
          <span className="detail">{account.email} · {account.role.replace(/_/g, " ")}</span>
        </span>
      )}
      <button type="button" className="quiet" onClick={() => void session.logOut()}>Log out</button>
    </div>
  );
}
