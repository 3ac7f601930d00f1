/** E-mail and password; errors are those of the server (wrong, locked, too many, not ready). */

import { type FormEvent, useState } from "react";
import { ApiError } from "../api/client";
import type { Session } from "../session";
import { Field } from "./Field";
import { Message } from "./Message";

export function LoginForm({ session }: { readonly session: Session }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (busy) return;
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setError(undefined);
    try {
      await session.logIn(String(form.get("email")), String(form.get("password")));
    } catch (failure) {
      setError(failure instanceof ApiError ? failure.message : "Logging in failed.");
      setBusy(false);
    }
  }

  return (
    <section className="card" aria-labelledby="login-title">
      <h2 id="login-title">Log in</h2>
      <Message kind="info">{session.notice}</Message>
      <form onSubmit={(event) => void submit(event)}>
        <Field
          id="email"
          name="email"
          type="email"
          label="E-mail"
          autoComplete="username"
          required
        />
        <Field
          id="password"
          name="password"
          type="password"
          label="Password"
          autoComplete="current-password"
          required
        />
        <Message kind="error">{error}</Message>
        <button type="submit" aria-disabled={busy}>{busy ? "Logging in…" : "Log in"}</button>
      </form>
    </section>
  );
}
