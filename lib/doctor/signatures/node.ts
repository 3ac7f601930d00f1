/** Failures of Node and Vite, which serve the frontend in development and build it. Data. */
import type { Signature } from "./signature.ts";

export const NODE: readonly Signature[] = [
  // Before disk-full: the watchers of inotify have run out, not the disk.
  {
    id: "file-watchers",
    pattern: /ENOSPC: System limit for number of file watchers|ENOSPC: [^,]*, watch/i,
    cause: "the kernel allows no more watched files; the disk is not full",
    remedy: "sudo sysctl -w fs.inotify.max_user_watches=524288",
  },
  // Before out-of-memory: it is Node's own limit.
  {
    id: "node-heap",
    pattern: /JavaScript heap out of memory/i,
    cause: "Node reached the limit of its heap",
    remedy: "Raise resources.frontend.memory in rxdx.yml, then rxdx-setup apply",
  },
  {
    id: "node-package-missing",
    pattern:
      /Cannot find (?:module|package) '|ERR_MODULE_NOT_FOUND|: not found: vite|vite: not found/i,
    cause: "packages of the frontend are not installed",
    remedy: "npm ci in the frontend's source; docker compose up -d --renew-anon-volumes frontend",
  },
  {
    id: "vite-host",
    pattern: /Blocked request\. This host \(/i,
    cause: "Vite does not answer to this name",
    remedy: "Add it to server.allowedHosts in the frontend's vite.config.ts",
  },
  {
    id: "npm-registry",
    pattern:
      /npm (?:ERR!|error) (?:code |network |errno )?(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT)/i,
    cause: "the registry of npm cannot be reached while the image is built",
    remedy: "curl -sI $(npm config get registry); on a closed network set a mirror in .npmrc",
  },
];
