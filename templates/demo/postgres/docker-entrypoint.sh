#!/usr/bin/env bash
# Entry point of the demo database: what `docker run` and Compose start. It accepts the variables
# and the init directory of the official postgres image, and differs from it where that one loses:
#
#   * A killed first start never looks like a finished one. The cluster is built inside
#     $PGDATA/.rxdx-initialising and moved into place only when every init script has succeeded,
#     PG_VERSION last. The next start throws away an unfinished build (recognised by its MARKER)
#     or completes a finished one. Nothing else is ever deleted.
#   * Two containers never run on one data directory: it stays locked while PostgreSQL runs.
#   * Health checks fail during the first start, because the temporary server listens on a private
#     socket only. The official image reports healthy there, then restarts.
#   * The password reaches initdb through a pipe: it is in no argument, file or SQL text.
set -Eeo pipefail

readonly RUN_DIR=/var/run/postgresql
readonly INIT_DIR=/docker-entrypoint-initdb.d

say() { printf '%s\n' "postgres-entrypoint: $*" >&2; }
fail() {
  say "ERROR: $*"
  exit 1
}

# Sets variable $1 from the file that $1_FILE names, else leaves it, else gives it the default $2.
from_file() {
  local name="$1" file_name="${1}_FILE"
  if [ -n "${!name:-}" ] && [ -n "${!file_name:-}" ]; then
    fail "both $name and $file_name are set; set one of them"
  fi
  local value="${!name:-${2:-}}"
  if [ -n "${!file_name:-}" ]; then
    [ -r "${!file_name}" ] || fail "$file_name: cannot read ${!file_name}"
    value="$(<"${!file_name}")"
  fi
  printf -v "$name" '%s' "$value"
  export "${name?}"
  unset "$file_name"
}

read_settings() {
  from_file POSTGRES_PASSWORD
  from_file POSTGRES_USER postgres
  from_file POSTGRES_DB "$POSTGRES_USER"
  from_file POSTGRES_INITDB_ARGS
  export POSTGRES_HOST_AUTH_METHOD="${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}"

  [ -z "${POSTGRES_INITDB_WALDIR:-}" ] || fail "POSTGRES_INITDB_WALDIR is not supported by this image"
  if [ -z "$POSTGRES_PASSWORD" ] && [ "$POSTGRES_HOST_AUTH_METHOD" != trust ]; then
    fail "the data directory is empty and no superuser password was given:" \
      "set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE"
  fi
  # PostgreSQL accepts no superuser with these characters, and initdb would log the statement that
  # failed with the password in it.
  [[ $POSTGRES_USER != *[$'"$\'\\\r\n']* ]] ||
    fail "POSTGRES_USER must not contain any of \" \$ ' \\ or a line break"
  [[ $POSTGRES_PASSWORD != *[$'\r\n']* ]] || fail "POSTGRES_PASSWORD must be a single line"
  if [ "$POSTGRES_HOST_AUTH_METHOD" = trust ]; then
    say "WARNING: POSTGRES_HOST_AUTH_METHOD=trust lets anyone who reaches port 5432 in without a password"
  fi
}

# initdb into $PGDATA (here the build directory). Our options first, so that POSTGRES_INITDB_ARGS
# wins; those are split like shell words, but nothing in them is expanded or run.
create_cluster() {
  local words
  words="$(xargs -r -n1 printf '%s\n' <<<"${POSTGRES_INITDB_ARGS:-}")" ||
    fail "POSTGRES_INITDB_ARGS: unbalanced quotes"
  local -a args=(--username="$POSTGRES_USER" --auth-local=trust --auth-host="$POSTGRES_HOST_AUTH_METHOD")
  [ -z "$words" ] || mapfile -t -O "${#args[@]}" args <<<"$words"
  if [ -n "$POSTGRES_PASSWORD" ]; then
    initdb --no-instructions --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") "${args[@]}"
  else
    initdb --no-instructions "${args[@]}"
  fi
  printf '\nhost all all all %s\n' "$POSTGRES_HOST_AUTH_METHOD" >>"$PGDATA/pg_hba.conf"
}

# A server for the init scripts: the options of the real one, but no TCP and a private socket.
# fsync is off because `initdb --sync-only` writes everything out afterwards.
start_temporary_server() {
  export PGHOST="$RUN_DIR/init"
  mkdir -p "$PGHOST"
  "$@" -c listen_addresses= -c unix_socket_directories="$PGHOST" -c fsync=off &
  server=$!
  until pg_isready --quiet --dbname=postgres --username="$POSTGRES_USER"; do
    kill -0 "$server" 2>/dev/null || fail "the temporary server did not start; its messages are above"
    sleep 0.1
  done
}

stop_temporary_server() {
  kill -INT "$server"
  wait "$server" || fail "the temporary server did not stop cleanly"
  rm -rf "$PGHOST"
  unset PGHOST
}

run_psql() { psql --no-psqlrc --no-password --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" "$@"; }

create_database() {
  run_psql --quiet --dbname=postgres --set=name="$POSTGRES_DB" <<'SQL'
SELECT format('CREATE DATABASE %I', :'name')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
SQL
}

run_init_scripts() {
  local file
  for file in "$INIT_DIR"/*; do
    [ -e "$file" ] || continue
    say "init: $file"
    case "$file" in
      *.sql) run_psql --dbname="$POSTGRES_DB" --file="$file" ;;
      *.sql.gz) gunzip -c "$file" | run_psql --dbname="$POSTGRES_DB" ;;
      *.sh)
        if [ -x "$file" ]; then
          "$file"
        else
          # A subshell, so that an `exit 0` in the script ends the script, not the start.
          # shellcheck disable=SC1090
          (. "$file")
        fi
        ;;
      *) say "init: ignored, not .sql, .sql.gz or .sh: $file" ;;
    esac
  done
}

# Builds the cluster and, as its last act, renames the build directory: that rename is the moment
# from which the initialisation counts as done.
build() {
  say "initialising the data directory"
  mkdir "$home/.rxdx-initialising"
  printf 'unfinished initialisation by rxdx postgres-entrypoint; deleted at the next start\n' \
    >"$home/.rxdx-initialising/MARKER"
  export PGDATA="$home/.rxdx-initialising/data"
  create_cluster
  start_temporary_server "$@"
  create_database
  run_init_scripts
  stop_temporary_server
  initdb --sync-only --pgdata="$PGDATA"
  export PGDATA="$home"
  mv -T "$home/.rxdx-initialising" "$home/.rxdx-initialised"
  sync "$home"
}

# Moves a finished cluster into place. May be interrupted anywhere and simply run again.
publish() {
  local from="$home/.rxdx-initialised/data" entry
  if [ ! -s "$from/PG_VERSION" ]; then
    fail "$home/.rxdx-initialised is incomplete and $home has no PG_VERSION; nothing was changed, restore a backup"
  fi
  for entry in "$from"/* "$from"/.[!.]*; do
    [ -e "$entry" ] || continue
    [ "${entry##*/}" = PG_VERSION ] || mv -T "$entry" "$home/${entry##*/}"
  done
  chmod --reference="$from" "$home"
  sync "$home"
  mv -T "$from/PG_VERSION" "$home/PG_VERSION"
  sync "$home"
  say "initialisation complete"
}

discard_unfinished_build() {
  local dir="$home/.rxdx-initialising"
  [ -d "$dir" ] || return 0
  if [ -f "$dir/MARKER" ]; then
    say "an earlier initialisation was interrupted; starting over"
    # The MARKER goes last: this may be interrupted, too.
    rm -rf "$dir/data"
    rm -rf "$dir"
  else
    rmdir "$dir" || fail "$dir has no MARKER, so it is not ours to delete; remove it by hand"
  fi
}

# Descriptor 9 holds the lock and is inherited by PostgreSQL, so the lock lasts as long as any of
# its processes. postmaster.pid alone cannot tell: each container counts its own process ids.
lock_data_directory() {
  exec 9<"$home"
  local status=0
  flock --exclusive --timeout 10 --conflict-exit-code 9 9 || status=$?
  if [ "$status" = 9 ]; then
    fail "another container is running on this data directory; stop it first"
  elif [ "$status" != 0 ]; then
    say "WARNING: this file system has no locks; make sure that only one container uses the data directory"
  fi
}

prepare_data_directory() {
  local other
  readonly home="$PGDATA"
  mkdir -p "$home" 2>/dev/null || true
  if [ ! -w "$home" ] || [ ! -x "$home" ]; then
    fail "$home is not writable by uid $(id -u); give the volume to uid 999"
  fi
  mkdir -p "$RUN_DIR" 2>/dev/null || true
  [ -w "$RUN_DIR" ] || fail "$RUN_DIR is not writable by uid $(id -u); mount a tmpfs there"
  lock_data_directory
  if [ -s "$home/PG_VERSION" ]; then
    # Left over when the start was killed right after PG_VERSION was moved.
    if [ -d "$home/.rxdx-initialised" ]; then clean_up; fi
    return
  fi
  if [ ! -d "$home/.rxdx-initialised" ]; then
    discard_unfinished_build
    other="$(find "$home" -mindepth 1 -maxdepth 1 ! -name lost+found -print -quit)"
    [ -z "$other" ] || fail "$home is not empty ($other) and holds no PostgreSQL data; refusing to touch it"
    read_settings
    build "$@"
  fi
  publish
  clean_up
}

clean_up() {
  rm -f "$home/.rxdx-initialised/MARKER"
  rmdir "$home/.rxdx-initialised/data" "$home/.rxdx-initialised" ||
    say "WARNING: $home/.rxdx-initialised is not empty; look at it and remove it"
}

if [ "${1:0:1}" = - ]; then set -- postgres "$@"; fi
[ "${1:-}" = postgres ] || exec "$@"
for argument in "$@"; do
  case "$argument" in -\? | --help | --describe-config | -V | --version) exec "$@" ;; esac
done

# PID 1 ignores signals that it does not handle: without this, stopping a first start would wait
# for the whole grace period. An interrupted build is discarded at the next start.
trap 'say "interrupted"; exit 130' INT TERM

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA" "$RUN_DIR"
  find "$PGDATA" "$RUN_DIR" ! -user postgres -exec chown postgres:postgres '{}' +
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

prepare_data_directory "$@"
unset POSTGRES_PASSWORD PGPASSWORD
exec "$@"
