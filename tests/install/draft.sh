#!/bin/sh
# Installs from a release that is not published yet, as a stranger would: served on loopback, verified
# with the key that is in install.sh, started, asked for updates, removed again.
#
#   sh tests/install/draft.sh DIR VERSION
#
# DIR holds the files of the release. RXDX_RELEASE_KEY names another key than the one in install.sh.
set -eu

cd "$(dirname "$0")/../.."
draft=$(cd "${1:?the directory of the draft}" && pwd) version=${2:?its version}
work=$(mktemp -d "${TMPDIR:-/tmp}/rxdx-draft.XXXXXX")
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT

fail() {
  printf 'draft: %s\n' "$*" >&2
  exit 1
}

# The layout of published releases, over the files of this one.
mkdir -p "$work/www/download" "$work/www/latest"
ln -s "$draft" "$work/www/download/v$version"
ln -s "$draft" "$work/www/latest/download"
python3 -u -m http.server --bind 127.0.0.1 --directory "$work/www" 0 >"$work/port" 2>/dev/null &
server=$!
tries=0
until port=$(sed -n 's/.* port \([0-9]*\) .*/\1/p' "$work/port") && [ -n "$port" ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 600 ] || fail 'the server does not start'
  sleep 0.1
done
export RXDX_BASE_URL="http://127.0.0.1:$port"

curl -fsSL "$RXDX_BASE_URL/latest/download/install.sh" | sh -s -- --no-init --prefix "$work/prefix"
said=$("$work/prefix/bin/rxdx-setup" --version)
[ "$said" = "rxdx-setup $version" ] || fail "it says: $said"
"$work/prefix/bin/rxdx-setup" self-update --check
"$work/prefix/bin/rxdx-setup" verify "$draft/SHA256SUMS"

# One byte of the archive: refused, and what is installed stays.
copy=$work/www/download/v$version
rm "$copy"
cp -R "$draft" "$copy"
for archive in "$copy"/*.tar.gz; do
  # Another byte than the one that is there, whichever that is.
  case $(od -An -tx1 -j1000 -N1 "$archive") in *78*) other=y ;; *) other=x ;; esac
  printf '%s' "$other" | dd of="$archive" bs=1 seek=1000 conv=notrunc 2>/dev/null
  if cmp -s "$archive" "$draft/${archive##*/}"; then fail "$archive is as it was"; fi
done
if sh "$draft/install.sh" --no-init --prefix "$work/other" 2>"$work/refused"; then
  fail 'a changed archive was installed'
fi
grep -q 'does not match its checksum' "$work/refused" || fail "$(cat "$work/refused")"
[ ! -e "$work/other" ] || fail 'something of a changed archive was left'

sh "$draft/install.sh" --uninstall --prefix "$work/prefix"
[ ! -e "$work/prefix" ] || fail 'something was left behind'
printf 'draft: %s installs, verifies, refuses what was changed, and goes without a trace\n' "$version"
