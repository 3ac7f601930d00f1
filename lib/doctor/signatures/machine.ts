/** Failures of what every program stands on: disk, memory, names, ports, rights. Data. */
import type { Signature } from "./signature.ts";

export const MACHINE: readonly Signature[] = [
  {
    id: "disk-failing",
    pattern: /Input\/output error|could not fsync file/i,
    cause: "the disk fails: it could not read or write",
    remedy: "sudo dmesg --level err,warn | tail -50",
  },
  {
    id: "disk-full",
    pattern: /No space left on device|could not write to file|disk quota exceeded/i,
    cause: "the disk is full",
    remedy: "df -h; docker system df",
  },
  {
    id: "read-only-path",
    pattern: /Read-only file system/i,
    cause: "a program writes outside its volumes, or the disk was remounted read-only",
    remedy: "findmnt -no OPTIONS / ; sudo dmesg | grep -i remount",
  },
  {
    id: "out-of-memory",
    pattern: /out of memory|MemoryError|Cannot allocate memory/i,
    cause: "the memory limit is too small",
    remedy: "Raise resources.<service>.memory in rxdx.yml, then rxdx-setup apply",
  },
  {
    id: "files-limit",
    pattern: /Too many open files/i,
    cause: "a program may not open any more files",
    remedy: "docker compose restart; LimitNOFILE of the Docker service sets the limit",
  },
  {
    id: "name-server-silent",
    pattern: /Temporary failure in name resolution|EAI_AGAIN/i,
    cause: "no name server answers",
    remedy: "cat /etc/resolv.conf; rxdx-setup doctor",
  },
  {
    id: "port-bound",
    pattern: /address already in use|port is already allocated/i,
    cause: "the port is taken",
    remedy: "rxdx-setup plan, to see by which program",
  },
  {
    id: "database-unreachable",
    pattern:
      /could not translate host name|Name or service not known|Connection refused.*5432|5432.*Connection refused/i,
    cause: "the backend cannot reach the database",
    remedy: "docker compose ps postgres; rxdx-setup logs postgres",
  },
  {
    id: "permission-denied",
    pattern: /permission denied/i,
    cause: "a file or volume belongs to another user",
    remedy: "rxdx-setup logs, and ls -ln on the path that is named there",
    general: true,
  },
];
