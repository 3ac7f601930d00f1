#!/bin/sh
# The container engine's data in memory, for one run of the tests: they make and drop hundreds of databases,
# and a disk takes half of the time for that. Only on a machine that has no engine yet and no service manager,
# as root, where memory is plenty; everywhere else the engine is used as it is.
#
#   sh tests/engine_in_memory.sh start        prints the directory, or nothing where it was not done
#   sh tests/engine_in_memory.sh stop DIR     stops the engine that was started on it, and lets it go
set -eu

# Where Docker keeps its data when nobody says otherwise.
data=/var/lib/docker
pid_file=/var/run/docker.pid
# What tests need beside it, and what they have filled at most, with room to spare.
needed_mib=16384 size=12g

# What is free, and not more than the limit of the container that this runs in.
free_mib() {
  awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo
  for limit in /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes; do
    # `max`, or a number of bytes.
    [ ! -r "$limit" ] || awk '/^[0-9]+$/ { print int($1 / 1048576) }' "$limit"
  done
}

is_engine() {
  [ -n "$1" ] && [ "$(cat "/proc/$1/comm" 2>/dev/null || true)" = dockerd ]
}

start() {
  [ "$(id -u)" -eq 0 ] && [ "$(uname -s)" = Linux ] && [ ! -d /run/systemd/system ] || return 0
  [ ! -L "$data" ] && [ -z "$(ls -A "$data" 2>/dev/null || true)" ] || return 0
  ! is_engine "$(cat "$pid_file" 2>/dev/null || true)" && ! docker info >/dev/null 2>&1 || return 0
  free=$(free_mib | sort -n | head -n 1)
  [ "${free:-0}" -ge "$needed_mib" ] || return 0
  mkdir -p "$data" 2>/dev/null || return 0
  mount -t tmpfs -o "size=$size,mode=0711" rxdx-tests "$data" 2>/dev/null || return 0
  printf '%s\n' "$data"
}

stop() {
  grep -q "^rxdx-tests $1 " /proc/mounts || return 0
  pid=$(cat "$pid_file" 2>/dev/null || true)
  # Nobody's but the one that lies in here.
  if is_engine "$pid" && [ "$(docker info --format '{{.DockerRootDir}}' 2>/dev/null || true)" = "$1" ]; then
    kill "$pid" 2>/dev/null || true
    tries=0
    while [ -e "/proc/$pid" ] && [ "$tries" -lt 60 ]; do
      sleep 1
      tries=$((tries + 1))
    done
  fi
  # A process that a test has left in it must not keep the memory.
  umount "$1" 2>/dev/null || umount -l "$1"
  rmdir "$1" 2>/dev/null || true
}

case ${1:-} in
  start) start ;;
  stop) stop "$2" ;;
  *)
    echo "usage: sh tests/engine_in_memory.sh start | stop DIR" >&2
    exit 2
    ;;
esac
