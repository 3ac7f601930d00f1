/** The list of requirements, newest first, and the form that adds one. */

import { useCallback, useEffect, useState } from "react";
import { ApiError } from "../api/client";
import * as api from "../api/rxdx";
import type { Requirement } from "../api/types";
import { Message } from "./Message";
import { RequirementForm } from "./RequirementForm";

interface Props {
  readonly token: string;
  readonly role: string | undefined;
  readonly refused: (error: unknown) => void;
}

export function Requirements({ token, role, refused }: Props) {
  const [requirements, setRequirements] = useState<readonly Requirement[]>();
  const [error, setError] = useState<string>();
  const [attempt, setAttempt] = useState(0);

  const failed = useCallback((failure: unknown) => {
    refused(failure);
    setError(failure instanceof ApiError ? failure.message : "The list could not be loaded.");
  }, [refused]);

  useEffect(() => {
    let current = true;
    setError(undefined);
    api.listRequirements(token).then(
      (found) => current && setRequirements(found),
      (failure) => current && failed(failure),
    );
    return () => {
      current = false;
    };
  }, [token, attempt, failed]);

  const added = (requirement: Requirement) =>
    setRequirements((old = []) => [requirement, ...old.filter(({ id }) => id !== requirement.id)]);

  return (
    <>
      {role !== undefined && role !== "auditor" && (
        <RequirementForm token={token} onAdded={added} refused={refused} />
      )}
      <section className="card" aria-labelledby="list-title">
        <h2 id="list-title">
          Requirements{requirements !== undefined && (
            <span className="count">
              {requirements.length < api.LIST_LIMIT
                ? requirements.length
                : `${api.LIST_LIMIT}, newest`}
            </span>
          )}
        </h2>
        <Message kind="error">{error}</Message>
        {error !== undefined && (
          <button type="button" onClick={() => setAttempt((n) => n + 1)}>Try again</button>
        )}
        {requirements === undefined && error === undefined && <p className="hint">Loading…</p>}
        {requirements?.length === 0 && <p className="hint">There are none yet.</p>}
        {requirements !== undefined && requirements.length > 0 && (
          <ul className="list">
            {requirements.map((one) => <Item key={one.id} requirement={one} />)}
          </ul>
        )}
      </section>
    </>
  );
}

function Item({ requirement }: { readonly requirement: Requirement }) {
  const created = new Date(requirement.created_at);
  return (
    <li>
      <h3>{requirement.title}</h3>
      {requirement.description !== null && <p>{requirement.description}</p>}
      <p className="meta">
        <span className="tag">{requirement.status}</span>
        {requirement.priority !== null && (
          <span className="tag">Priority {requirement.priority}</span>
        )}
        <time dateTime={requirement.created_at}>{created.toLocaleString()}</time>
      </p>
    </li>
  );
}
