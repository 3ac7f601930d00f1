/** Runs the checks of `doctor`, all at once, each for as long as it may take. Changes nothing. */
import {
  type DoctorCheck,
  type DoctorResult,
  type Finding,
  found,
  toFinding,
} from "../../doctor/check.ts";
import { SetupError } from "../../errors.ts";
import type { Host } from "../../host/types.ts";
import { worst } from "../../plan/check.ts";
import type { Install } from "../install.ts";
import { BACKEND_CHECKS } from "./backend_checks.ts";
import { DATABASE_CHECKS } from "./database_checks.ts";
import { INSTALL_CHECKS } from "./install_checks.ts";
import { MACHINE_CHECKS } from "./machine_checks.ts";
import { type DoctorScene, makeScene } from "./scene.ts";
import { SERVICE_CHECKS } from "./service_checks.ts";
import { UPDATE_CHECK } from "./update_check.ts";

/** In the order of the output: what is most often the cause first, within each group. */
export const CHECKS: readonly DoctorCheck<DoctorScene>[] = [
  ...MACHINE_CHECKS,
  ...SERVICE_CHECKS,
  UPDATE_CHECK,
  ...BACKEND_CHECKS,
  ...DATABASE_CHECKS,
  ...INSTALL_CHECKS,
];

export interface ExamineOptions {
  /** Looks at these services alone; at everything when empty. */
  readonly services?: readonly string[];
  /** Called as checks end. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Milliseconds after which a check counts as not answered. */
const CHECK_MS = 10_000;

export async function examine(
  host: Host,
  install: Install,
  options: ExamineOptions = {},
): Promise<DoctorResult> {
  const { services = [], onProgress } = options;
  const scene = makeScene(host, install, services);
  const wanted = CHECKS.filter((check) =>
    services.length === 0 || check.id === "daemon" ||
    check.services?.some((each) => services.includes(each)) === true
  );
  const up = await scene.engine.ping();
  const able = wanted.filter((check) => up || check.engine !== true);
  let done = 0;
  const lines = await Promise.all(able.map(async (check) => {
    const findings = await lookAt(check, scene);
    onProgress?.(++done, able.length);
    return findings;
  }));
  const left = wanted.length - able.length;
  const checks: Finding[] = [
    ...lines.flat(),
    ...(left === 0 ? [] : [skipped(left)]),
  ];
  return { result: worst(checks.map(({ hint: _, ...each }) => each)), checks };
}

function skipped(count: number): Finding {
  return {
    id: "not-looked-at",
    title: "Not looked at",
    state: "unknown",
    severity: "info",
    detail: `${count} checks of what runs, because Docker does not answer`,
    hint: null,
    fixable: false,
    fix: null,
  };
}

async function lookAt(check: DoctorCheck<DoctorScene>, scene: DoctorScene): Promise<Finding[]> {
  const rest = new AbortController();
  const late = scene.host.clock.sleep(CHECK_MS, rest.signal).then(
    () => found(check.id, check.title, "unknown", `no answer within ${CHECK_MS / 1000} s`),
    () => [],
  );
  try {
    const result = await Promise.race([check.run(scene), late]);
    return [result].flat().map((each) => toFinding(check, each));
  } catch (error) {
    // A daemon that goes away meanwhile, a file that must not be read: an honest answer as well.
    if (!(error instanceof SetupError)) throw error;
    const [first = ""] = error.message.split("\n");
    const said = found(check.id, check.title, "unknown", `could not be looked at: ${first}`, {
      hint: error.hint,
    });
    return [toFinding(check, said)];
  } finally {
    rest.abort();
  }
}
