/** Rules over database names, logins, mail, the model, backups and alerts; part of `rules.ts`. */
import type { Problem } from "../errors.ts";
import { copyTargets } from "../answers/rules_copies.ts";
import { parseEndpointLimit } from "../answers/rules_edge.ts";
import type { CrossRule } from "./rules.ts";

/** Exist in every cluster, or cannot be made (PostgreSQL 17, roles and databases that initdb makes). */
const TAKEN_DATABASES = new Set(["template0", "template1"]);
const TAKEN_ROLES = new Set(["public", "none", "current_role", "current_user", "session_user"]);
/** A graph is a schema of its name. */
const TAKEN_SCHEMAS = new Set(["public", "ag_catalog", "information_schema"]);

const databaseNamesFree: CrossRule = ({ database }) =>
  ([
    ["database.user", database.user, TAKEN_ROLES, "rxdx"],
    ["database.name", database.name, TAKEN_DATABASES, "rxdx"],
    ["database.graph", database.graph, TAKEN_SCHEMAS, "rxdx_graph"],
  ] as const).flatMap(([key, value, taken, example]) =>
    taken.has(value)
      ? [{ key, value, rule: "is a name that PostgreSQL keeps for itself", example }]
      : []
  );

/** A graph is a schema; `"$user"` in the search path would find it before `public`. */
const graphIsNotTheUser: CrossRule = ({ database }) =>
  database.graph === database.user
    ? [{
      key: "database.graph",
      value: database.graph,
      rule: "must differ from database.user: a schema of the role's name comes first in its " +
        "search path, and the tables would be made among the graph's",
      example: `${database.graph.slice(0, 57)}_graph`,
    }]
    : [];

const mailNeedsSender: CrossRule = ({ email }) =>
  email.host !== "" && email.from === ""
    ? [{
      key: "email.from",
      value: "",
      rule: "must be given when email.host is",
      example: "rxdx@example.com",
    }]
    : [];

const incomingMailNeedsLogin: CrossRule = ({ imap }) =>
  imap.host !== "" && imap.user === ""
    ? [{
      key: "imap.user",
      value: "",
      rule: "must be given when imap.host is: a mailbox has no guests",
      example: "rxdx",
    }]
    : [];

const alertsNeedMail: CrossRule = ({ alerts, email }) =>
  alerts.email.length > 0 && email.host === ""
    ? [{
      key: "alerts.email",
      value: alerts.email.join(", ").slice(0, 80),
      rule: "cannot be told: there is no mail server while email.host is empty",
      example: "email.host: smtp.example.com, or alerts.webhook instead",
    }]
    : [];

const modelNeedsAddress: CrossRule = ({ llm }) =>
  llm.enabled && llm.url === ""
    ? [{
      key: "llm.url",
      value: "",
      rule: "must be given when llm.enabled is true",
      example: "http://host.docker.internal:1234/v1",
    }]
    : [];

const sessionOutlivesToken: CrossRule = ({ application }) =>
  application.refresh_token_days * 24 * 60 <= application.access_token_minutes
    ? [{
      key: "application.refresh_token_days",
      value: String(application.refresh_token_days),
      rule: `must be longer than a login: ${application.access_token_minutes} minutes ` +
        "(application.access_token_minutes)",
      example: "7",
    }]
    : [];

/** A relative directory stays inside the install, and is none of those that are ours. */
const backupsBesideTheRest: CrossRule = ({ backups }) => {
  const path = backups.directory.replace(/\/+$/, "");
  const taken = /^(\.|\.rxdx|nginx|postgres|demo)?(\/|$)/.test(path) && !path.startsWith("/");
  // Of the system, or gone after a restart.
  const system = backups.directory.startsWith("/") &&
    /^(|\/(bin|boot|dev|etc|lib|lib64|proc|run|sbin|sys|tmp|usr|var\/run|var\/lib\/docker)(\/.*)?)$/
      .test(
        path.replace(/\/{2,}/g, "/").replace(/\/\.(?=\/|$)/g, ""),
      );
  return taken || system || /(^|\/)\.\.(\/|$)/.test(path)
    ? [{
      key: "backups.directory",
      value: backups.directory,
      rule: "must be a directory of its own: inside the install, or an absolute path outside of " +
        "the system's",
      example: "backups",
    }]
    : [];
};

const backupsKept: CrossRule = ({ backups }) =>
  backups.enabled && backups.keep.daily + backups.keep.weekly + backups.keep.monthly === 0
    ? [{
      key: "backups.keep",
      value: "daily 0, weekly 0, monthly 0",
      rule: "must keep something, or every backup is removed as soon as it is made",
      example: "daily: 7; or backups.enabled: false",
    }]
    : [];

/** A copy beside the backup is lost with it. */
const copiesElsewhere: CrossRule = ({ backups }) => {
  const own = backups.directory.replace(/\/+$/, "");
  const within = (a: string, b: string) => a === b || a.startsWith(`${b}/`);
  return copyTargets(backups.copy_to).flatMap((target): Problem[] =>
    target.kind === "directory" && (within(target.path, own) || within(own, target.path))
      ? [{
        key: "backups.copy_to",
        value: target.text,
        rule: "must be another place than backups.directory, best another disk or machine",
        example: "/mnt/nas/rxdx",
      }]
      : []
  );
};

/** Twice is a slip of the pen; what was meant instead is not there. */
const listsNameOnce: CrossRule = ({ alerts, backups, application, tls }) =>
  ([
    ["alerts.email", alerts.email],
    ["alerts.silence", alerts.silence],
    ["backups.recipients", backups.recipients],
    ["backups.copy_to", copyTargets(backups.copy_to).map((each) => each.text)],
    ["application.cors_origins", application.cors_origins],
    ["tls.trusted_proxies", tls.trusted_proxies],
  ] as const).flatMap(([key, values]): Problem[] => {
    const twice = values.find((each, index) =>
      values.findIndex((other) => other.toLowerCase() === each.toLowerCase()) < index
    );
    return twice === undefined
      ? []
      : [{ key, value: twice, rule: "must name each entry once", example: "[]" }];
  });

/** Paths whose limit is another key's, or that have none. */
const OTHER_LIMITS: readonly (readonly [path: RegExp, why: string])[] = [
  [/^\/api(\/v1)?\/?$/, "is nginx.rate_limits.api"],
  [/^\/ws\/?$/, "is nginx.rate_limits.api; name a path below it"],
  [/^\/api\/v1\/auth(\/|$)/, "is nginx.rate_limits.auth, and /api/v1/auth stays uncompressed"],
  [/^\/api\/v1\/health(\/|$)/, "is health, which monitors ask; it keeps nginx.rate_limits.api"],
  [/^\/api\/(docs|redoc)(\/|$)/, "is the documentation, which has a policy of its own"],
];

const endpointsOfTheirOwn: CrossRule = ({ nginx }) => {
  const seen = new Set<string>();
  return nginx.rate_limits.endpoints.flatMap((value): Problem[] => {
    const { path = "" } = parseEndpointLimit(value) ?? {};
    const key = "nginx.rate_limits.endpoints";
    const example = "/api/v1/reports 2r/s burst=5";
    const other = OTHER_LIMITS.find(([pattern]) => pattern.test(path));
    if (other !== undefined) {
      return [{ key, value, rule: `must name another path: this one ${other[1]}`, example }];
    }
    if (seen.has(path)) return [{ key, value, rule: "must name each path once", example }];
    seen.add(path);
    return [];
  });
};

export const SERVICE_RULES: readonly CrossRule[] = [
  databaseNamesFree,
  graphIsNotTheUser,
  mailNeedsSender,
  incomingMailNeedsLogin,
  alertsNeedMail,
  modelNeedsAddress,
  sessionOutlivesToken,
  backupsBesideTheRest,
  backupsKept,
  copiesElsewhere,
  listsNameOnce,
  endpointsOfTheirOwn,
];
