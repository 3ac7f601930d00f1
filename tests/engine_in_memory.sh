#!/bin/sh
# The container engine's data in memory, for one run of the tests: they make and drop hundreds of databases,
# and a disk takes half of the time for that. Only on a machine that has no engine yet, as root, where memory
# is plenty; everywhere else the engine is used as it is.
#
#   sh tests/engine_in_memory.sh start        prints the directory, or nothing where it was not done
#   sh tests/engine_in_memory.sh stop DIR     stops the engine that was started on it, and lets it go
set -eu

# Where Docker keeps its data when nobody says otherwise.
data=/var/lib/docker
# What tests need beside it, and what they have filled at most, with room to spare.
needed_mib=16384 size=12g

start() {
  [ "$(id -u)" -eq 0 ] && [ "$(uname -s)" = Linux ] || return 0
  [ -z "$(ls -A "$data" 2>/dev/null || true)" ] || return 0
  ! docker info >/dev/null 2>&1 || return 0
  available=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo)
  [ "${available:-0}" -ge "$needed_mib" ] || return 0
  mkdir -p "$data"
  mount -t tmpfs -o "size=$size,mode=0711" rxdx-tests "$data" 2>/dev/null || return 0
  printf '%s\n' "$data"
}

stop() {
  mounted() { grep -q "^rxdx-tests $1 " /proc/mounts; }
  mounted "$1" || return 0
  pid=$(cat /var/run/docker.pid 2>/dev/null || true)
  [ -z "$pid" ] || kill "$pid" 2>/dev/null || true
  tries=0
  while [ -n "$pid" ] && [ -e "/proc/$pid" ] && [ "$tries" -lt 60 ]; do
    sleep 1
    tries=$((tries + 1))
  done
  # A process that a test has left in it must not keep the memory.
  umount "$1" 2>/dev/null || umount -l "$1"
  rmdir "$1" 2>/dev/null || true
}

"$@"
