/** What a path stands for: the `realPath` of `Host.files`. */

async function resolved(path: string): Promise<string | undefined> {
  try {
    return await Deno.realPath(path);
  } catch {
    // Missing, not readable, or links in a circle: whoever asks goes on with the path as it is.
    return undefined;
  }
}

/** As `readlink -f` does it: the last part may be missing. */
export async function realPath(path: string): Promise<string | undefined> {
  const found = await resolved(path);
  if (found !== undefined) return found;
  const match = /^(.*)\/([^/]+)\/*$/.exec(path);
  const [, parent = "", name = ""] = match ?? [];
  if (match === null || name === "." || name === "..") return undefined;
  // A link that leads nowhere is there, and stands for something else than its own name.
  if (await Deno.lstat(path).then(() => true, () => false)) return undefined;
  const directory = await resolved(parent === "" ? "/" : parent);
  return directory === undefined ? undefined : `${directory.replace(/\/$/, "")}/${name}`;
}
