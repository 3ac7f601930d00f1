#!/bin/sh
# The doors of install.sh in a fresh Debian root file system. Needs root and mmdebstrap.
#
#   sh tests/install/fresh.sh bookworm            both, in a system with curl and ca-certificates
#   sh tests/install/fresh.sh bookworm demo       the download door all the way: from curl to a healthy
#                                                 stack. There is one kernel, so that stack runs on this
#                                                 machine's Docker daemon, whose socket is the only thing
#                                                 of it that is visible inside; all packages of Docker are
#                                                 installed inside
#   sh tests/install/fresh.sh bookworm checkout   the checkout door alone, in a system with nothing but
#                                                 what Debian calls essential, and without any network
#
# RXDX_FRESH_HTTP and RXDX_FRESH_HTTPS name ports for the stack that nobody else has.
set -eu

# In a mount namespace of its own: whatever ends this, nothing stays mounted.
[ "${RXDX_FRESH:-}" = "$$" ] || RXDX_FRESH=$$ exec unshare --mount --propagation private sh "$0" "$@"

cd "$(dirname "$0")/../.."
repository=$(pwd)
suite=${1:?a Debian suite: bookworm, trixie} what=${2:-}
work=$(mktemp -d "${TMPDIR:-/tmp}/rxdx-fresh.XXXXXX")
root=$work/root stack=$work/stack
server=
began=$(date +%s)

# shellcheck disable=SC2317,SC2329 # called by the trap
leave() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  for each in "$root/run/docker.sock" "$root$stack" "$root/proc" "$root/dev"; do
    ! mountpoint -q "$each" || umount -l "$each"
  done
  rm -rf --one-file-system "$work"
}
trap leave EXIT

say() { printf '== %s: %s (%ss)\n' "$suite" "$*" "$(($(date +%s) - began))"; }

fail() {
  printf 'fresh: %s\n' "$*" >&2
  exit 1
}

inside() {
  chroot "$root" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"
}

say 'making the root file system'
variant=minbase
[ "$what" != checkout ] || variant=essential
set -- --quiet "--variant=$variant" --dpkgopt=force-unsafe-io
[ "$what" = checkout ] || set -- "$@" --include=curl,ca-certificates
mmdebstrap "$@" "$suite" "$root" >"$work/log" 2>&1 || fail "$(tail -n 5 "$work/log")"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --make-rslave "$root/dev"

deno=$(sh install.sh --yes --print-deno)
export DENO_NO_UPDATE_CHECK=1

# Puts the sources into the file system, as they are here, and Deno and its packages as a second run finds
# them: what the first one fetches is the vendor's, not ours.
bring_sources() {
  mkdir "$root/src"
  git -C "$repository" ls-files -z --cached --others --exclude-standard |
    (cd "$repository" && tar -c --null --ignore-failed-read --exclude=.tools -T - 2>/dev/null) | tar -x -C "$root/src"
  mkdir -p "$root/src/.tools/deno-cache" "$root/src/.tools/$(basename "${deno%/*}")"
  cp "$deno" "$root/src/.tools/$(basename "${deno%/*}")/deno"
  cache=$("$deno" info --json | sed -n 's/^  "denoDir": "\(.*\)",$/\1/p')
  for each in npm dl; do
    [ ! -d "$cache/$each" ] || cp -R "$cache/$each" "$root/src/.tools/deno-cache/$each"
  done
}

# Without an engine, and not allowed to install one, the program says what is missing. For a system that
# has none: with the daemon of this machine in reach it would set a stack up.
without_engine() {
  [ ! -e "$root/run/docker.sock" ] || fail 'the daemon of this machine is in reach'
  status=0
  inside "$@" rxdx-setup init --demo --yes --no-engine >"$work/init" 2>&1 || status=$?
  if [ "$status" -ne 4 ] || ! grep -q 'no-engine' "$work/init"; then
    fail "init: $status $(tail -n 3 "$work/init")"
  fi
}

# The checkout door, as root and as a user, with the command $@ before each.
checkout_door() {
  said=$(inside "$@" sh /src/install.sh --no-init --no-engine --yes 2>&1) || fail "$said"
  case $said in *Building*Installed*) ;; *) fail "it was not built: $said" ;; esac
  said=$(inside rxdx-setup --version) || fail 'what was built does not start'
  version=${said#rxdx-setup }
  [ "$what" = demo ] || without_engine "$@"
  for each in bash-completion/completions/rxdx-setup zsh/site-functions/_rxdx-setup \
    fish/vendor_completions.d/rxdx-setup.fish man/man1/rxdx-setup.1; do
    [ -s "$root/usr/local/share/$each" ] || fail "there is no $each"
  done
  said=$(inside "$@" sh /src/install.sh --no-init --yes 2>&1) || fail "$said"
  case $said in *Building* | *Installed*) fail "again is not nothing: $said" ;; esac
  # A user: the build that is there, in a home of their own.
  mkdir "$root/home/operator"
  chown 1000:1000 "$root/home/operator"
  as_user() {
    inside "$@" setpriv --reuid=1000 --regid=1000 --clear-groups env HOME=/home/operator sh /src/install.sh \
      --no-init --no-engine --yes 2>&1
  }
  said=$(as_user "$@") || fail "$said"
  [ -x "$root/home/operator/.local/bin/rxdx-setup" ] || fail "as a user: $said"
  inside sh /src/install.sh --uninstall 2>/dev/null
  [ -z "$(find "$root/usr/local" -type f)" ] || fail 'something was left behind'
}

if [ "$what" = checkout ]; then
  bring_sources
  say "the checkout door, without a network"
  checkout_door unshare --net
  say "the checkout door works ($version)"
  exit
fi

# Names, certificates and package sources are the machine's own: it may sit behind a mirror.
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
cp -L /etc/hosts "$root/etc/hosts"
if [ -f /etc/ssl/certs/ca-certificates.crt ]; then
  cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
fi

say 'building and releasing here'
PATH="$(dirname "$deno"):$PATH"
export PATH
if [ -z "${NPM_CONFIG_REGISTRY:-}" ] && command -v npm >/dev/null 2>&1; then
  NPM_CONFIG_REGISTRY=$(npm config get registry)
  export NPM_CONFIG_REGISTRY
fi
[ -x dist/rxdx-setup ] || deno task build >/dev/null
version=$(dist/rxdx-setup --version)
version=${version#rxdx-setup }
key=$(
  deno run --allow-read - <<'TEXT'
const { makeSecretKey } = await import(`file://${Deno.cwd()}/lib/release/signing.ts`);
console.log(await makeSecretKey(crypto.getRandomValues(new Uint8Array(40))));
TEXT
)
public=$(RXDX_SIGNING_KEY=$key deno task release --output "$work/www/download/v$version" 2>/dev/null |
  sed -n 's/.*verified with //p')
mkdir -p "$work/www/latest"
ln -s "../download/v$version" "$work/www/latest/download"
python3 -u -m http.server --bind 127.0.0.1 --directory "$work/www" 0 >"$work/port" 2>/dev/null &
server=$!
tries=0
until port=$(sed -n 's/.* port \([0-9]*\) .*/\1/p' "$work/port") && [ -n "$port" ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 600 ] || fail 'the server does not start'
  sleep 0.1
done

say 'the download door'
base=http://127.0.0.1:$port
inside RXDX_BASE_URL="$base" RXDX_RELEASE_KEY="$public" \
  sh -c "curl -fsSL $base/latest/download/install.sh | sh -s -- --no-init"
[ "$(inside rxdx-setup --version)" = "rxdx-setup $version" ] || fail 'the program does not start'
inside rxdx-setup self-update --check --json >/dev/null || fail 'self-update does not work'
without_engine
if [ "$what" = demo ]; then
  say 'the demo, from curl to healthy'
  inside sh /dev/stdin --uninstall <install.sh 2>/dev/null
  # What is mounted into containers must have the same name inside and out.
  mkdir -p "$stack/tmp" "$root$stack"
  mount --bind "$stack" "$root$stack"
  # Packages must not start a second daemon.
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod 755 "$root/usr/sbin/policy-rc.d"
  : >"$root/run/docker.sock"
  mount --bind "$(readlink -f /var/run/docker.sock)" "$root/run/docker.sock"
  name=rxdxtest-fresh-$$ dir=$stack/rxdx
  inside RXDX_BASE_URL="$base" RXDX_RELEASE_KEY="$public" TMPDIR="$stack/tmp" RXDX_NAME="$name" \
    RXDX_PORTS_HTTP="${RXDX_FRESH_HTTP:-$((20000 + $$ % 9000))}" \
    RXDX_PORTS_HTTPS="${RXDX_FRESH_HTTPS:-$((30000 + $$ % 9000))}" \
    sh -c "curl -fsSL $base/latest/download/install.sh | sh -s -- --demo --yes --dir $dir"
  inside TMPDIR="$stack/tmp" rxdx-setup status --once --dir "$dir" || fail 'the stack is not healthy'
  inside TMPDIR="$stack/tmp" rxdx-setup uninstall --purge --confirm "$name" --yes --dir "$dir" >/dev/null 2>&1 ||
    fail 'the stack could not be removed'
  umount "$root/run/docker.sock"
fi
inside sh -c "curl -fsSL $base/latest/download/install.sh | sh -s -- --uninstall" 2>/dev/null
[ ! -e "$root/usr/local/bin/rxdx-setup" ] || fail 'it is still there'

say 'the checkout door'
bring_sources
checkout_door env NPM_CONFIG_REGISTRY="${NPM_CONFIG_REGISTRY:-}" DENO_TLS_CA_STORE=system,mozilla
say 'both doors work'
