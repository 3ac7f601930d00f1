/** Where an install keeps what a replacement of its program leaves behind. Pure. */
import type { InstalledProgram } from "./installed.ts";

type Placed = Pick<InstalledProgram, "program" | "share">;

/** The version before, for the way back. */
export function previousPath({ share }: Placed): string {
  return `${share}/previous`;
}

/** A copy of what is about to be replaced: the `previous` to be. */
export function nextPath({ share }: Placed): string {
  return `${share}/previous.new`;
}

/** Beside the program, so that a rename puts into place what lies there. */
export function stagePath({ program }: Placed): string {
  return `${program.slice(0, program.lastIndexOf("/"))}/.rxdx-setup-update`;
}
