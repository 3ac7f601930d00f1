/** Under which digests a registry knows an image. Pure. */

/** `nginx` for `docker.io/library/nginx:1.30`, as Docker shortens it. */
function repositoryOf(name: string): string {
  return name.replace(/@.*$/, "").replace(/:[^/:]*$/, "")
    .replace(/^(?:index\.)?docker\.io\//, "").replace(/^library\//, "");
}

/**
 * Those of the repository that the name is in. The same image may have been pushed to, or pulled from, any
 * other one: that is nothing about this stack, and comes and goes with names that others give it.
 *
 * @param image name with tag or digest
 * @param digests `repository@sha256:…`, as the daemon lists them
 */
export function ownDigests(image: string, digests: readonly string[]): string[] {
  const repository = repositoryOf(image);
  return digests.filter((each) => repositoryOf(each) === repository).sort();
}
