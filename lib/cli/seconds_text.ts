/** How long something takes, or took, in words for people. Pure. */

/** `4.2 s`, from a minute and a half on `2.5 min`. */
export function secondsText(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds * 10) / 10} s`;
  return `${Math.round(seconds / 6) / 10} min`;
}
