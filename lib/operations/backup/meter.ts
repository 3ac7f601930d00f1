/** How much has passed and how fast, told twice a second at most. */
import type { Host } from "../../host/types.ts";
import type { StepReport } from "../../steps/step.ts";

const EVERY_MS = 500;

/** `1.2 GiB` */
export function sizeText(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return unit === 0 ? `${value} bytes` : `${value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

export class Meter {
  bytes = 0;
  what = "";
  readonly #host: Host;
  readonly #report: StepReport;
  readonly #began: number;
  #told: number;

  constructor(host: Host, report: StepReport) {
    this.#host = host;
    this.#report = report;
    this.#began = host.clock.monotonic();
    this.#told = this.#began;
  }

  /** Milliseconds since it was made. */
  get elapsedMs(): number {
    return this.#host.clock.monotonic() - this.#began;
  }

  add(bytes: number): void {
    this.bytes += bytes;
    const now = this.#host.clock.monotonic();
    if (now - this.#told < EVERY_MS) return;
    this.#told = now;
    const rate = this.bytes / ((now - this.#began) / 1000);
    this.#report.detail(`${this.what}: ${sizeText(this.bytes)}, ${sizeText(rate)}/s`);
  }
}
