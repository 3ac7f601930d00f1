/** Adds a requirement: a row in PostgreSQL and a node in the graph. */

import { type FormEvent, useState } from "react";
import { ApiError } from "../api/client";
import * as api from "../api/rxdx";
import type { Requirement } from "../api/types";
import { Field } from "./Field";
import { Message } from "./Message";

interface Props {
  readonly token: string;
  readonly onAdded: (requirement: Requirement) => void;
  readonly refused: (error: unknown) => void;
}

export function RequirementForm({ token, onAdded, refused }: Props) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const [done, setDone] = useState<string>();

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (busy) return;
    const form = event.currentTarget;
    const values = new FormData(form);
    setBusy(true);
    setError(undefined);
    setDone(undefined);
    try {
      const added = await api.addRequirement(token, {
        title: String(values.get("title")),
        description: String(values.get("description")) || null,
        priority: Number(values.get("priority")) || null,
      });
      onAdded(added);
      setDone(`Added “${added.title}”.`);
      form.reset();
      document.getElementById("title")?.focus();
    } catch (failure) {
      refused(failure);
      setError(failure instanceof ApiError ? failure.message : "The requirement was not added.");
    }
    setBusy(false);
  }

  return (
    <section className="card" aria-labelledby="add-title">
      <h2 id="add-title">Add a requirement</h2>
      <form onSubmit={(event) => void submit(event)}>
        <Field id="title" name="title" label="Title" minLength={5} maxLength={500} required />
        <Field
          id="description"
          name="description"
          label="Description (optional)"
          multiline
          rows={3}
          maxLength={10000}
        />
        <div className="field">
          <label htmlFor="priority">Priority</label>
          <select id="priority" name="priority" defaultValue="">
            <option value="">None</option>
            <option value="5">5, highest</option>
            <option value="4">4</option>
            <option value="3">3</option>
            <option value="2">2</option>
            <option value="1">1, lowest</option>
          </select>
        </div>
        <Message kind="error">{error}</Message>
        <Message kind="success">{done}</Message>
        <button type="submit" aria-disabled={busy}>{busy ? "Adding…" : "Add requirement"}</button>
      </form>
    </section>
  );
}
