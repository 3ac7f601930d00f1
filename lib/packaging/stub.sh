#!/bin/sh
# rxdx-setup @VERSION@ for @TARGET@ Linux with glibc.
#
# One file that needs nothing installed: this script, and behind it a compressed archive with the
# Deno runtime and the program. The first start unpacks the archive into a cache that only you can
# write; every later start goes straight to it. Made by `deno task build`; see docs/adr.
#
# Only sh, and for the first start tail, gzip, tar and sha256sum, are needed. `-O`, `-nt` and `-ef`
# are newer than the POSIX that shellcheck knows, and are in dash, busybox, bash and ksh alike.
# shellcheck disable=SC3013,SC3067
set -u

version='@VERSION@'
id='@ID@'
arch='@ARCH@'
offset='@OFFSET@'
megabytes='@MEGABYTES@'
files='@FILES@'
sums='@SUMS@'

lock=''
stage=''
json=''
mask=''

# The hot path: true if $1 is a cache directory that holds this very version, complete and
# untouched. It forks nothing, because a start is expected to take no time. All unpacked files have
# the fixed time of the archive, so one that was edited, truncated or replaced is newer than `ok`;
# one that was put there by somebody else is not ours. What was unpacked is verified by checksum
# once, when it is unpacked.
ready() {
  [ -O "$1" ] && [ ! -h "$1" ] && [ -O "$1/$id" ] && [ ! -h "$1/$id" ] || return 1
  for file in $files; do
    [ -O "$1/$id/$file" ] && [ -s "$1/$id/$file" ] && [ ! "$1/$id/$file" -nt "$1/$id/ok" ] || return 1
  done
  [ -x "$1/$id/deno" ] && [ -f "$1/$id/ok" ]
}

# Becomes the program: same process, so exit code and signals need no passing on. Variables that
# would change how the runtime works are taken away; those for proxies and certificates stay.
# Those that are set here are taken out again by boot.js before the program starts anything.
launch() {
  home=$1/$id
  shift
  unset DENO_AUDIT_PERMISSIONS DENO_AUTH_TOKENS DENO_AUTO_SERVE DENO_CACHE_DB_MODE DENO_COMPAT \
    DENO_CONDITIONS DENO_CONNECTED DENO_COVERAGE_DIR DENO_EMIT_CACHE_MODE DENO_EXTRA_STDIO_FDS \
    DENO_LOG DENO_PERMISSION_BROKER_PATH DENO_SERVE_ADDRESS DENO_TRACE_PERMISSIONS \
    DENO_UNSTABLE_CONTROL_SOCK DENO_USE_CGROUPS DENO_V8_FLAGS NODE_CHANNEL_FD NODE_DEBUG \
    NODE_OPTIONS NODE_V8_COVERAGE OTEL_DENO RUST_LOG
  # Without the last one Deno puts a `node` of its own into PATH for all programs it starts.
  export DENO_DIR="$home/state" DENO_NO_UPDATE_CHECK=1 DENO_NO_PACKAGE_JSON=1 \
    DENO_DISABLE_NODE_SHIM=1
  # Where a timer finds this program again. Found by PATH it is a full name already.
  case $0 in
    /*) export RXDX_SETUP_PROGRAM="$0" ;;
    */*) export RXDX_SETUP_PROGRAM="$PWD/$0" ;;
    *) unset RXDX_SETUP_PROGRAM ;;
  esac
  # What was narrowed for unpacking is the program's again as it was given to us.
  [ -z "$mask" ] || umask "$mask"
  exec "$home/deno" run --quiet --no-config --no-lock --no-remote --no-npm @FLAGS@ \
    "$home/main.js" "$@"
}

# Ends with what happened, why, and what to do; as one JSON object where the caller asked for JSON.
fail() {
  code=$1 message=$2 hint=$3
  tidy
  if [ -n "$json" ]; then
    message=$(printf '%s' "$message" | tr '\n\t' '  ' | sed 's/[\\"]/\\&/g')
    hint=$(printf '%s' "$hint" | tr '\n\t' '  ' | sed 's/[\\"]/\\&/g')
    printf '{"error":{"code":"%s","message":"%s","hint":"%s","exit":4}}\n' \
      "$code" "$message" "$hint" >&2
  else
    printf 'rxdx-setup: %s\n  %s\n' "$message" "$hint" >&2
  fi
  exit 4
}

tidy() {
  [ -z "$stage" ] || rm -rf "$stage"
  [ -z "$lock" ] || rm -rf "$lock"
  stage='' lock=''
}

# True if directory $1 is ours, is no link, and nobody else may write to it.
private() {
  [ -d "$1" ] && [ ! -h "$1" ] && [ -O "$1" ] || return 1
  # The columns of `ls -l` are specified by POSIX; `stat` is not.
  case $(LC_ALL=C ls -ldn "$1" 2>/dev/null) in
    d????-??-*) return 0 ;;
  esac
  return 1
}

# True if others cannot move our directories away in $1: it is sticky as /tmp is, or private.
sound() {
  [ -d "$1" ] && [ -w "$1" ] || return 1
  # shellcheck disable=SC2046 # the columns of the listing are what is wanted
  set -- $(LC_ALL=C ls -ldn "$1/." 2>/dev/null)
  case ${1:-} in
    d????-??-* | d????????[tT]*) [ "${3:-}" = 0 ] || [ "${3:-}" = "$uid" ] ;;
    *) return 1 ;;
  esac
}

# True if programs can be written to and started from directory $1 (not so on a full or read-only
# disk, or one mounted noexec).
runnable() {
  probe=$1/.probe.$$
  if (printf '#!/bin/sh\n' >"$probe") 2>/dev/null && chmod 700 "$probe" && [ -x "$probe" ]; then
    rm -f "$probe"
    return 0
  fi
  rm -f "$probe" 2>/dev/null
  return 1
}

# Makes $1 a cache directory that can be trusted, or returns false. Something in its place that
# others could have written to is removed if it is ours, and left alone if it is not.
prepare() {
  [ -d "${1%/*}" ] || mkdir -p "${1%/*}" 2>/dev/null
  [ -O "${1%/*}" ] || return 1
  if ! mkdir -m 700 "$1" 2>/dev/null && ! private "$1"; then
    [ -O "$1" ] && [ ! -h "$1" ] && rm -rf "$1" && mkdir -m 700 "$1" 2>/dev/null || return 1
  fi
}

# Lets one of several first starts unpack while the others wait for it. This saves work only:
# unpacking twice at once is safe, so nobody waits for a dead process or for longer than 20 s.
take_turn() {
  turn=$1/.lock-$id
  turns=0
  while ! mkdir -m 700 "$turn" 2>/dev/null; do
    if [ ! -d "$turn" ] || [ "$turns" -ge 100 ]; then
      return
    fi
    holder=''
    { read -r holder <"$turn/pid"; } 2>/dev/null
    if [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; then
      rm -rf "$turn"
      continue
    fi
    turns=$((turns + 1))
    sleep 0.2 2>/dev/null || sleep 1
  done
  lock=$turn
  { printf '%s\n' "$$" >"$lock/pid"; } 2>/dev/null
}

# Removes what killed first starts left behind, and old versions but for the one before this,
# never one that is running.
prune() {
  for rest in "$1"/.new.* "$1"/.probe.*; do
    [ -e "$rest" ] && ! kill -0 "${rest##*.}" 2>/dev/null && rm -rf "$rest"
  done
  previous=''
  # Names are version-hash, made by the build; a name that is not is skipped.
  for old in $(cd "$1" && LC_ALL=C ls -t); do
    case $old in
      "$id" | *[!0-9A-Za-z.+-]* | [!0-9]*) continue ;;
    esac
    if [ -z "$previous" ]; then
      previous=$old
    elif ! in_use "$1/$old/deno"; then
      rm -rf "${1:?}/$old"
    fi
  done
}

in_use() {
  for process in /proc/[0-9]*; do
    [ "$process/exe" -ef "$1" ] && return 0
  done
  return 1
}

# Explains why unpacking into $1 did not work; $2 is what the tools said.
explain() {
  case $2 in
    *'No space left'* | *'quota'* | *'Quota'*)
      fail disk_full "No space left in $1: the first start unpacks $megabytes MB there." \
        "Free some space (df -h $1) and run the same command again."
      ;;
    *'Read-only'* | *'Permission denied'*)
      fail permission_denied "Cannot unpack into $1: $2" \
        "Run it as the owner of $1, or set XDG_CACHE_HOME to a directory of your own."
      ;;
  esac
  fail damaged "$self is damaged: what it contains does not match its checksum.${2:+ ($2)}" \
    "Get the file again, and compare it with the published SHA256SUMS."
}

# Unpacks into cache directory $1: beside its final place, checked, flushed, then moved there file
# by file, `ok` last. Each move replaces a file as a whole, and all who unpack this version write
# the same bytes; so at no time can another start see a mixture, and one that is running keeps its
# own files.
unpack() {
  take_turn "$1"
  if ready "$1"; then
    tidy
    return
  fi
  for tool in tail gzip tar sha256sum; do
    command -v "$tool" >/dev/null 2>&1 ||
      fail missing_tool "The first start needs \`$tool\`, which this machine lacks." \
        "Install the package that contains it (on Debian: apt-get install coreutils gzip tar)."
  done
  prune "$1"
  stage=$1/.new.$$
  rm -rf "$stage"
  error=$(mkdir -m 700 "$stage" 2>&1) || explain "$1" "$error"
  [ ! -t 2 ] || printf 'rxdx-setup: first start of %s, unpacking %s MB…\n' "$version" "$megabytes" >&2
  error=$({ tail -c +"$offset" "$self" | gzip -dc | tar -xof - -C "$stage"; } 2>&1)
  (cd "$stage" && printf '%s\n' "$sums" | sha256sum -c) >/dev/null 2>&1 || explain "$1" "$error"
  "$stage/deno" --version >/dev/null 2>&1 ||
    fail unsupported_system "The runtime does not start here: it needs glibc 2.27 or newer on $arch." \
      "Use a distribution with glibc (Debian 11, Ubuntu 20.04, RHEL 8, or newer)."
  # Else a power failure could leave empty files under their final names.
  sync "$stage/deno" "$stage/main.js" 2>/dev/null || sync
  if ! mkdir -m 700 "$1/$id" 2>/dev/null && ! private "$1/$id"; then
    rm -rf "${1:?}/$id"
    mkdir -m 700 "$1/$id" || explain "$1" 'Permission denied'
  fi
  for file in $files; do
    [ ! -d "$1/$id/$file" ] || rm -rf "${1:?}/$id/$file"
    error=$(mv -f "$stage/$file" "$1/$id/$file" 2>&1) || explain "$1" "$error"
  done
  tidy
}

# The first start: finds a place for the cache, unpacks, and becomes the program.
first_start() {
  for word; do
    [ "$word" != --json ] || json=1
  done
  mask=$(umask)
  umask 077
  case $(uname -s)-$(uname -m) in
    Linux-"$arch" | Linux-@ARCH_ALIAS@) ;;
    *)
      fail unsupported_system "This file is for Linux on $arch; this is $(uname -sm)." \
        "Get the file for this machine, or build it here: deno task build"
      ;;
  esac
  case $0 in
    */*) self=$0 ;;
    *) if [ -f "./$0" ]; then self=./$0; else self=$(command -v -- "$0"); fi ;;
  esac
  uid=$(id -u)
  trap 'tidy; exit 130' INT
  trap 'tidy; exit 143' HUP TERM

  [ -z "$xdg_cache" ] || start_from "$xdg_cache" "$@"
  if [ "$uid" = 0 ]; then
    start_from /var/cache/rxdx-setup "$@"
    start_from /var/lib/rxdx-setup "$@"
  fi
  [ -z "$home_cache" ] || start_from "$home_cache" "$@"
  for place in "${TMPDIR:-/tmp}" /tmp /var/tmp; do
    ! sound "$place" || start_from_temporary "$place/rxdx-setup-$uid" "$@"
  done
  fail no_cache 'There is no directory where the runtime could be unpacked and started.' \
    'Set XDG_CACHE_HOME to a directory of your own that is writable and not mounted noexec.'
}

# Starts from cache directory $1, or returns where that cannot be used.
start_from() {
  if prepare "$1" && runnable "$1"; then
    unpack "$1"
    ! ready "$1" || launch "$@"
  fi
}

# The same below a directory for temporary files. If somebody else has taken the name, a directory
# of this process alone is used, which the program removes when it ends.
start_from_temporary() {
  for rest in "$1".*; do
    [ -O "$rest" ] && [ ! -h "$rest" ] && ! kill -0 "${rest##*.}" 2>/dev/null && rm -rf "$rest"
  done
  base=$1
  shift
  if ! mkdir -m 700 "$base" 2>/dev/null && ! private "$base"; then
    base=$base.$$
    mkdir -m 700 "$base" 2>/dev/null || return 0
    export RXDX_SETUP_TEMPORARY="$base"
  fi
  if runnable "$base"; then
    unpack "$base"
    ! ready "$base" || launch "$base" "$@"
  fi
  [ -z "${RXDX_SETUP_TEMPORARY:-}" ] || rm -rf "$RXDX_SETUP_TEMPORARY"
  unset RXDX_SETUP_TEMPORARY
}

main() {
  unset RXDX_SETUP_TEMPORARY
  # A directory counts only if it is ours, which after some forms of sudo it is not.
  xdg_cache='' home_cache=''
  case ${XDG_CACHE_HOME:-} in
    /*) xdg_cache=${XDG_CACHE_HOME%/}/rxdx-setup ;;
  esac
  case ${HOME:-} in
    /*) [ ! -O "$HOME" ] || home_cache=${HOME%/}/.cache/rxdx-setup ;;
  esac
  for base in "$xdg_cache" /var/cache/rxdx-setup /var/lib/rxdx-setup "$home_cache"; do
    if [ -O "${base%/*}" ] && ready "$base"; then
      launch "$base" "$@"
    fi
  done
  first_start "$@"
}

{
  main "$@"
  # Nothing behind this line is shell.
  # shellcheck disable=SC2317
  exit
}
