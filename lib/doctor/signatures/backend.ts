/** Failures of the backend: uvicorn, FastAPI, pydantic, SQLAlchemy, asyncpg and Python itself. Data. */
import type { Signature } from "./signature.ts";

export const BACKEND: readonly Signature[] = [
  {
    id: "cors-format",
    pattern: /error parsing value for field "?cors_origins/i,
    cause: "CORS_ORIGINS is not a JSON list",
    remedy: "rxdx-setup apply (it writes .env anew)",
  },
  {
    id: "settings-invalid",
    pattern: /validation errors? for Settings|SettingsError: error parsing value for field/i,
    cause: "a setting in .env is missing, or not what the application expects",
    remedy: "rxdx-setup logs --tail 30 backend names it; rxdx-setup apply writes .env anew",
  },
  {
    id: "application-missing",
    pattern: /Error loading ASGI app/i,
    cause: "the image holds no application where uvicorn looks for it (app.main:app)",
    remedy: "rxdx-setup config get images.source; build or load the backend image again",
  },
  {
    id: "python-package-missing",
    pattern: /ModuleNotFoundError: No module named|ImportError: cannot import name/i,
    cause: "the backend image lacks a Python package, or has another version of it",
    remedy: "Build the backend image again, then rxdx-setup apply",
  },
  {
    id: "pool-exhausted",
    pattern: /QueuePool limit of size \d+ overflow \d+ reached/i,
    cause:
      "all connections of a worker's pool are in use: slow queries, or more users than workers",
    remedy: "rxdx-setup doctor postgres (long transactions); raise resources.backend.workers",
  },
  {
    id: "mail-login",
    pattern: /SMTPAuthenticationError/i,
    cause: "the mail server refuses the login",
    remedy: "rxdx-setup check mail --to you@example.com",
  },
  {
    id: "mail-unreachable",
    pattern: /SMTPConnectError|SMTPConnectTimeoutError|SMTPServerDisconnected/i,
    cause: "the mail server does not answer the backend",
    remedy: "rxdx-setup check mail --to you@example.com",
  },
  {
    id: "mailbox-login",
    pattern: /IMAP4\.error.*AUTHENTICATIONFAILED|\[AUTHENTICATIONFAILED\]/i,
    cause: "the mailbox refuses the login",
    remedy: "rxdx-setup check imap",
  },
  {
    id: "service-untrusted",
    pattern: /CERTIFICATE_VERIFY_FAILED/,
    cause: "a service that the backend speaks to has a certificate that the backend does not trust",
    remedy: "rxdx-setup check mail imap model (mail needs --to you@example.com)",
  },
  // Before worker-died and permission-denied: the reason, not what follows from it.
  {
    id: "processes-limit",
    pattern:
      /can't start new thread|could not fork new process|fork: (?:retry: )?Resource temporarily unavailable|pthread_create failed/i,
    cause: "the container may not start any more processes or threads",
    remedy: "docker stats --no-stream --format '{{.Name}} {{.PIDs}}'; rxdx-setup restart backend",
  },
  // Written by uvicorn 0.30 and later, before it starts another one.
  {
    id: "worker-died",
    pattern: /Child process \[\d+\] died/i,
    cause: "a worker of the backend ended by itself, most often because memory ran out",
    remedy:
      "Raise resources.backend.memory or lower resources.backend.workers, then rxdx-setup apply",
    general: true,
  },
  {
    id: "backend-startup",
    pattern: /Application startup failed\. Exiting/i,
    cause: "the backend ended while it started",
    remedy: "rxdx-setup logs --tail 100 backend",
    general: true,
  },
];
