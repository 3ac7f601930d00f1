/** Polls the readiness of the backend while the page is visible. */

import { useEffect, useState } from "react";
import * as api from "./api/rxdx";
import type { Readiness } from "./api/types";

const INTERVAL_MS = 5_000;

export interface Observation {
  /** undefined until the first answer, null when there was none. */
  readonly readiness: Readiness | null | undefined;
  readonly checkedAt: Date | undefined;
}

export function useReadiness(): Observation {
  const [observation, setObservation] = useState<Observation>({
    readiness: undefined,
    checkedAt: undefined,
  });

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let current = true;
    let asking = false;
    const ask = async () => {
      clearTimeout(timer);
      if (asking || document.hidden) return;
      asking = true;
      const readiness = await api.readiness().catch(() => null);
      asking = false;
      if (!current) return;
      setObservation({ readiness, checkedAt: new Date() });
      timer = setTimeout(ask, INTERVAL_MS);
    };
    const onVisible = () => void ask();
    document.addEventListener("visibilitychange", onVisible);
    void ask();
    return () => {
      current = false;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", onVisible);
    };
  }, []);

  return observation;
}
