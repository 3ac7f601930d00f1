/**
 * What people read while the stack is maintained. The page loads nothing and has no style or script of its
 * own, because the policy that nginx sends with every answer allows none. Pure.
 */

/** Seconds after which the page asks again; nginx says the same as Retry-After. */
const AGAIN_SECONDS = 60;

const USUAL = "It will be back when this is done.";

function escaped(text: string): string {
  const names: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (character) => names[character] ?? character);
}

/** @param since ISO 8601 */
export function maintenancePage(message: string, since: string): string {
  const at = `${since.slice(0, 10)} ${since.slice(11, 16)} UTC`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta http-equiv="refresh" content="${AGAIN_SECONDS}">
<title>RxDx: maintenance</title>
<h1>RxDx is being maintained</h1>
<p>${escaped(message === "" ? USUAL : message)}</p>
<p>Since ${at}. This page looks again by itself every minute.</p>
</html>
`;
}

/** The shape of the application's own errors. */
export function maintenanceJson(message: string): string {
  const detail = `RxDx is being maintained. ${message === "" ? USUAL : message}`;
  return `${JSON.stringify({ detail, status: 503, maintenance: true })}\n`;
}
