#!/bin/sh
# The one test command: gets what it needs (Deno, the container engine, tmux, lint tools), builds the
# executable, and runs every test from unit to end to end on the real engine.
# The last line is `N passed, N failed, N skipped`.
#
#   sh tests/run.sh            everything
#   sh tests/run.sh unit       formatting, lint, types and unit tests only
set -eu

cd "$(dirname "$0")/.."
root=$(pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/rxdx-tests.XXXXXX")
making='' types='' events=''
# What goes on in the background ends with this, whatever ends it.
leave() {
  trap '' INT TERM HUP
  for job in $making $types $events; do
    pkill -P "$job" || true
    kill "$job" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap leave EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
: >"$work/failures.log"
passed=0 failed=0 skipped=0
began=$(date +%s)

say() { printf '\n== %s (%ss)\n' "$*" "$(($(date +%s) - began))"; }

# Counts one check that has no counter of its own.
check() {
  name=$1
  shift
  if "$@" >"$work/check.log" 2>&1; then
    passed=$((passed + 1))
    printf 'ok   %s\n' "$name"
  else
    failed=$((failed + 1))
    printf 'FAIL %s\n' "$name" | tee -a "$work/failures.log"
    tail -n 60 "$work/check.log"
  fi
}

# Runs a suite and adds the runner's own figures: `ok | 12 passed (3 steps) | 0 failed | 1 ignored`.
suite() {
  name=$1
  shift
  say "$name"
  status=0
  "$@" >"$work/suite.log" 2>&1 || status=$?
  cat "$work/suite.log"
  line=$(sed 's/\x1b\[[0-9;]*m//g' "$work/suite.log" | grep -E '^(ok|FAILED) \| [0-9]+ passed' | tail -n 1)
  p=$(printf '%s' "$line" | sed -n 's/.*| \([0-9][0-9]*\) passed.*/\1/p')
  f=$(printf '%s' "$line" | sed -n 's/.*| \([0-9][0-9]*\) failed.*/\1/p')
  i=$(printf '%s' "$line" | sed -n 's/.*| \([0-9][0-9]*\) ignored.*/\1/p')
  passed=$((passed + ${p:-0}))
  failed=$((failed + ${f:-0}))
  skipped=$((skipped + ${i:-0}))
  # Each failed test by name, with the beginning of what it said.
  sed 's/\x1b\[[0-9;]*m//g' "$work/suite.log" | awk '
    / ERRORS $/ { inside = 1; next }
    / FAILURES $/ { inside = 0 }
    inside && / => \.\// { print "FAIL " $0; lines = 24; next }
    inside && lines > 0 && NF { print "     " substr($0, 1, 300); lines-- }' >>"$work/failures.log"
  # A suite that died, or ran nothing, has failed whatever it counted.
  if [ "$status" -ne 0 ] && [ "${f:-0}" -eq 0 ] || [ -z "$line" ]; then
    failed=$((failed + 1))
    printf 'FAIL %s ended with %s\n' "$name" "$status" | tee -a "$work/failures.log"
  fi
}

need_packages() {
  missing=
  for pair in tmux:tmux shellcheck:shellcheck shfmt:shfmt curl:curl openssl:openssl dovecot:dovecot-imapd \
    docker-registry:docker-registry git:git age:age pebble:pebble testssl:testssl.sh ssh:openssh-client \
    sshd:openssh-server rclone:rclone zsh:zsh fish:fish mandoc:mandoc man:man-db minisign:minisign \
    ip:iproute2 jq:jq mmdebstrap:mmdebstrap busybox:busybox-static mksh:mksh yash:yash wget:wget \
    python3:python3 script:bsdutils pkill:procps; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair#*:}"
  done
  # What Debian's packages are signed with, which a relative of Debian need not have.
  [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || missing="$missing debian-archive-keyring"
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    printf 'Not installed:%s. Tests that need them are skipped.\n' "$missing"
    return 0
  fi
  say "installing$missing"
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2086 # a list of words
  if ! { apt-get update && apt-get install --yes --no-install-recommends $missing; } >"$work/apt.log" 2>&1; then
    tail -n 20 "$work/apt.log"
    exit 4
  fi
}

need_packages
say "getting Deno"
deno=$(sh install.sh --yes --print-deno)
PATH="$(dirname "$deno"):$PATH"
# The cache that install.sh builds with: packages are fetched once.
export PATH DENO_NO_UPDATE_CHECK=1 NO_COLOR=1 DENO_DIR="${DENO_DIR:-$root/.tools/deno-cache}"
deno --version | head -n 1
# Deno takes npm's registry from this variable; it does not ask npm.
if [ -z "${NPM_CONFIG_REGISTRY:-}" ] && command -v npm >/dev/null 2>&1; then
  NPM_CONFIG_REGISTRY=$(npm config get registry 2>/dev/null || true)
  [ -z "$NPM_CONFIG_REGISTRY" ] || export NPM_CONFIG_REGISTRY
fi
# A company's own certificate authority is in the system's store.
export DENO_TLS_CA_STORE="${DENO_TLS_CA_STORE:-system,mozilla}"

say "static checks"
check "dependencies match the lock file" deno install --frozen
# The types take as long as the others together: beside them.
deno task check >"$work/types.log" 2>&1 &
types=$!
types_hold() {
  status=0
  wait "$types" || status=$?
  types=
  cat "$work/types.log"
  return "$status"
}
check "formatting" deno fmt --check
check "lint" deno lint
check "shell files" sh tests/shell.sh
check "types" types_hold

# Types are checked above, once for all: each suite would do it again.
# What the tests behind need, made ready beside those that need nothing: each part leaves its log, and a mark
# where it ended well.
ready() {
  part=$1
  shift
  "$@" >"$work/$part.log" 2>&1 && : >"$work/$part.ok"
}
# By the installer: it notes what it has built from, so that its tests need not build again.
make_ready() {
  ready installed sh install.sh --no-init --prefix "$work/program" &&
    ready engine "$root/dist/rxdx-setup" engine --yes --dir "$work/engine" &&
    ready images deno run -A tests/support/demo_images.ts build
}
is_ready() {
  cat "$work/$1.log"
  [ -e "$work/$1.ok" ]
}
# Containers, networks and volumes, a line each.
machine_has() {
  containers=$(docker ps --all --format 'container {{.Names}}') &&
    networks=$(docker network ls --format 'network {{.Name}}') &&
    volumes=$(docker volume ls --format 'volume {{.Name}}') || return
  # What there is none of is an empty line, and would be news where there was one before.
  printf '%s\n' "$containers" "$networks" "$volumes" | sed '/^$/d' | LC_ALL=C sort
}
# What a test leaves behind takes ports, addresses or names from the next run. A volume is told with the containers
# that had it, since its own name says nothing.
nothing_new() {
  machine_has >"$work/has.txt" && LC_ALL=C comm -13 "$work/had.txt" "$work/has.txt" >"$work/new.txt" || return
  while read -r kind left; do
    printf '%s %s\n' "$kind" "$left"
    [ "$kind" = volume ] || continue
    grep -F "volume mount $left " "$work/events.log" | cut -d ' ' -f 4,5 | sort -u | while read -r id at; do
      printf '  at %s in %s\n' "$at" "$(grep -F "container create $id " "$work/events.log" | cut -d ' ' -f 6)"
    done
  done <"$work/new.txt"
  [ ! -s "$work/new.txt" ]
}
# An engine that was killed leaves the address rules of its networks. Where a new network gets the addresses of one that
# is gone, its containers would see the gateway instead of each other: whose bridge is gone, those rules go too.
forget_dead_networks() {
  [ "$(id -u)" -eq 0 ] && command -v iptables-save >/dev/null 2>&1 && command -v ip >/dev/null 2>&1 || return 0
  iptables-save -t nat 2>/dev/null |
    sed -n 's/^-A \(POSTROUTING -s [0-9./]* ! -o \(br-[0-9a-f]\{12\}\) -j MASQUERADE\)$/\2 \1/p' |
    while read -r bridge rule; do
      ip link show "$bridge" >/dev/null 2>&1 && continue
      # shellcheck disable=SC2086 # words of a rule
      iptables -t nat --delete $rule && printf 'Removed a rule of a network that is gone: %s\n' "$rule"
    done || true
}
if [ "${1:-}" != unit ]; then
  forget_dead_networks
  make_ready &
  making=$!
fi

suite "unit, architecture and documentation tests, fuzzed answers" \
  deno test -A --no-check --parallel tests/fuzz lib tests/architecture_test.ts tests/docs_test.ts \
  tests/workflows_test.ts
if [ "${1:-}" != unit ]; then
  say "the executable, the container engine"
  wait "$making" || true
  making=
  check "sh install.sh" is_ready installed
  check "rxdx-setup engine" is_ready engine
  check "demo images" is_ready images
  machine_has >"$work/had.txt" 2>&1 || true
  docker events --filter type=volume --filter type=container --format \
    '{{.Type}} {{.Action}} {{.Actor.ID}} {{or .Actor.Attributes.container "-"}} {{or .Actor.Attributes.destination "-"}} {{.Actor.Attributes.name}}' \
    >"$work/events.log" 2>&1 &
  events=$!
  # What counts requests or watches the clock has the machine nearly for itself: a core for each of two.
  suite "end to end, alone" env DENO_JOBS=2 deno test -A --no-check --parallel tests/e2e/alone
  # The others mostly wait, for containers and for health: they run beside each other, the longest first, so
  # that nothing waits for it at the end.
  suite "end to end, installing, terminal, golden files" \
    env DENO_JOBS="$(($(nproc) + 1))" deno test -A --no-check --parallel --ignore=tests/e2e/alone \
    tests/e2e/upgrade_test.ts tests/e2e tests/install tests/tui tests/golden
  check "demo images are let go" deno run -A tests/support/demo_images.ts release
  check "no container, network or volume is left behind" nothing_new
  kill "$events" 2>/dev/null || true
  wait "$events" 2>/dev/null || true
  events=
  say "benchmarks (figures only; they never fail on time)"
  # Short windows, and without the operations, of which the end-to-end tests print the seconds: the
  # figures of docs/benchmarks.md are those of `deno task bench --full`.
  RXDX_BENCH_SECONDS=2 deno task bench || true
fi

# Again at the end, where it is seen.
if [ "$failed" -gt 0 ]; then
  say "what failed"
  cat "$work/failures.log"
fi
printf '\n%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
