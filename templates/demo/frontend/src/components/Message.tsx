/** A message about what the user just did; announced by screen readers as soon as it appears. */

interface Props {
  readonly kind: "error" | "success" | "info";
  readonly children: string | undefined;
}

export function Message({ kind, children }: Props) {
  // The live region stays in the page: one that appears together with its text is not announced.
  return (
    <div role={kind === "error" ? "alert" : "status"}>
      {children !== undefined && <p className={`message ${kind}`}>{children}</p>}
    </div>
  );
}
