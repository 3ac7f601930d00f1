/** The order in which services are listed everywhere, and with it the colour that each one has. Pure. */

/** The order in which a request passes through; others follow by name. */
const ORDER: readonly string[] = ["nginx", "frontend", "backend", "postgres"];

function rankOf(service: string): number {
  const position = ORDER.indexOf(service);
  return position < 0 ? ORDER.length : position;
}

/** Each name once, in the order of the dashboard's table; a position is a service's colour. */
export function inServiceOrder(names: Iterable<string>): string[] {
  return [...new Set(names)].sort((a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1));
}
