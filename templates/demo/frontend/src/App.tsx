/** The page: state of the installation for everyone, requirements for who is logged in. */

import { useEffect, useRef, useState } from "react";
import * as api from "./api/rxdx";
import { AccountBar } from "./components/AccountBar";
import { LoginForm } from "./components/LoginForm";
import { Requirements } from "./components/Requirements";
import { StatusPanel } from "./components/StatusPanel";
import { useReadiness } from "./readiness";
import { useSession } from "./session";

export function App() {
  const session = useSession();
  const observation = useReadiness();
  const healthy = observation.readiness?.status === "healthy";
  const version = useBackendVersion(healthy);
  const main = useFocusOnChange(session.token !== undefined);

  return (
    <>
      <a className="skip" href="#main">Skip to content</a>
      <header className="top">
        <div className="bar">
          <p className="brand">
            <img src="/favicon.svg" alt="" width="28" height="28" /> RxDx
          </p>
          <AccountBar session={session} />
        </div>
      </header>
      <main id="main" className="page" tabIndex={-1} ref={main}>
        <h1>{session.token === undefined ? "Welcome" : "Requirements"}</h1>
        <div className="columns">
          <div className="wide">
            {session.token === undefined ? <LoginForm session={session} /> : (
              <Requirements
                token={session.token}
                role={session.account?.role}
                refused={session.refused}
              />
            )}
          </div>
          <StatusPanel observation={observation} />
        </div>
      </main>
      <footer className="bottom">
        Frontend {import.meta.env.VITE_APP_VERSION} · Backend {version ?? "unknown"} ·{" "}
        <a href="/api/docs">API documentation</a>
      </footer>
    </>
  );
}

/** Asks for the version once the backend is there, and again after it was away. */
function useBackendVersion(healthy: boolean): string | undefined {
  const [version, setVersion] = useState<string>();
  useEffect(() => {
    if (!healthy) return;
    let current = true;
    api.backendVersion().then((found) => current && setVersion(found), () => undefined);
    return () => {
      current = false;
    };
  }, [healthy]);
  return version;
}

/** Moves the focus to the content after logging in or out, so that screen readers follow. */
function useFocusOnChange(value: unknown) {
  const target = useRef<HTMLElement>(null);
  const previous = useRef(value);
  useEffect(() => {
    if (previous.current !== value) target.current?.focus();
    previous.current = value;
  }, [value]);
  return target;
}
