/** A labelled input, with its hint or error tied to it for assistive technology. */

import type { InputHTMLAttributes, TextareaHTMLAttributes } from "react";

interface Common {
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
}

type Props =
  & Common
  & (
    | ({ readonly multiline?: false } & InputHTMLAttributes<HTMLInputElement>)
    | ({ readonly multiline: true } & TextareaHTMLAttributes<HTMLTextAreaElement>)
  );

export function Field({ label, hint, ...control }: Props) {
  const describedBy = hint === undefined ? undefined : `${control.id}-hint`;
  return (
    <div className="field">
      <label htmlFor={control.id}>{label}</label>
      {control.multiline === true
        ? <textarea {...withoutMultiline(control)} aria-describedby={describedBy} />
        : <input {...withoutMultiline(control)} aria-describedby={describedBy} />}
      {hint !== undefined && <p id={describedBy} className="hint">{hint}</p>}
    </div>
  );
}

function withoutMultiline<T extends { readonly multiline?: boolean }>(control: T) {
  const { multiline: _, ...rest } = control;
  return rest;
}
