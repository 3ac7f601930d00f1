/** Which of the services found is which of ours: by what they do first, by their names last. Pure. */
import type { FoundService, HandMade, Roles } from "./hand_made.ts";

/** Where the official image keeps its data. */
export const DATA_DIRECTORY = "/var/lib/postgresql/data";

const NAMES: Readonly<Record<keyof Roles, RegExp>> = {
  postgres: /^(postgres|postgresql|db|database|pg|age)$/,
  backend: /^(backend|api|app|server|rxdx-backend)$/,
  frontend: /^(frontend|ui|client|web|rxdx-frontend)$/,
  nginx: /^(nginx|proxy|reverse-proxy|gateway|edge|web|lb)$/,
};

const DOES: Readonly<Record<keyof Roles, (service: FoundService) => boolean>> = {
  postgres: ({ env, mounts }) =>
    env.has("PG_MAJOR") || mounts.some(({ target }) => target.startsWith("/var/lib/postgresql")),
  backend: ({ env }) =>
    !env.has("PG_MAJOR") &&
    (env.has("SECRET_KEY") || env.has("JWT_SECRET") || env.has("DATABASE_URL")),
  frontend: ({ env, image }) =>
    [...env.keys()].some((name) => name.startsWith("VITE_")) ||
    /frontend/.test(image),
  nginx: ({ ports, image, mounts }) =>
    ports.some(({ target }) => target === 443) ||
    (/nginx/.test(image) && ports.length > 0) ||
    mounts.some(({ target }) => target.startsWith("/etc/nginx")),
};

/** @returns what could be told, and the services that are none of ours */
export function rolesOf(
  { services }: Pick<HandMade, "services">,
): { readonly roles: Partial<Roles>; readonly others: readonly FoundService[] } {
  const roles: { -readonly [role in keyof Roles]?: Roles[role] } = {};
  const free = new Set(services);
  for (const role of ["postgres", "backend", "nginx", "frontend"] as const) {
    const doing = [...free].filter(DOES[role]);
    const named = [...free].filter(({ service }) => NAMES[role].test(service));
    const found = doing.find((each) => named.includes(each)) ?? doing[0] ?? named[0];
    if (found === undefined) continue;
    roles[role] = found;
    // Replicas of one service are one service.
    for (const each of free) if (each.service === found.service) free.delete(each);
  }
  return { roles, others: [...free] };
}
