#!/bin/sh
# Installs rxdx-setup and starts its wizard.
#
#   sh install.sh [--demo] [--yes]               from a checkout: build, install, start the wizard
#   curl -fsSL https://…/install.sh | sh         on a server: download, verify, install, start it
#
# Nothing happens before the last line: everything is in functions, so a download that was cut
# short does nothing at all. Every option is explained by `sh install.sh --help`.
set -eu

# The values of lib/packaging/runtime.ts; a test compares them.
DENO_VERSION=2.9.6
# SHA-256 of the vendor's binary, the same in its release archive and its npm package. For a
# machine type without one, what the vendor publishes beside the archive, or npm's integrity value.
DENO_SHA256_X86_64=bceb5b6a6239b0b010418406d8c77a508f67cf4337d94288f1c19fe71304aab0
DENO_SHA256_AARCH64=
DENO_RELEASES=https://dl.deno.land/release

# Where signed releases are published, and the public key (PEM) they are signed with. Both are empty
# until there is a first signed release: then the download door refuses.
RELEASE_URL=
RELEASE_KEY=

usage() {
  cat <<'TEXT'
Examples:
  sh install.sh --demo --yes          build, install, and run the whole stack with demo images
  sh install.sh                       build, install, and start the wizard
  sh install.sh --prefix ~/.local --no-init
                                      only install the program, for this user
  sh install.sh --uninstall           remove what this script installed

Options:
  --demo           defaults for everything, images built on this machine from distribution packages
  --yes            no questions: every answer is its default
  --dir DIR        where the stack is kept (default: /opt/rxdx as root, ~/rxdx otherwise)
  --no-engine      do not install a container engine
  --no-init        only install the program; do not start the wizard
  --prefix DIR     installs DIR/bin/rxdx-setup (default: /usr/local as root, ~/.local otherwise)
  --version V      the release to download
  --uninstall      remove the program; a stack that it set up is not touched
  --print-target   print the kind of machine this is, and end
  --print-deno     get the Deno that builds the program, print its path, and end
  --help           print this, and end

Environment: RXDX_VERSION as --version; RXDX_BASE_URL and RXDX_RELEASE_KEY name a release mirror and
the file with its public key; proxy variables (https_proxy, no_proxy, …) are passed on.

Exit codes: 0 ok, 2 wrong usage, 4 something is missing on this machine, 5 failed and safe to run
again, 130 cancelled.
TEXT
}

say() { printf '%s\n' "rxdx-setup: $*" >&2; }

# Ends with exit code $1, what happened, and what to do next.
fail() {
  status=$1
  printf '%s\n' "rxdx-setup: $2" >&2
  [ -z "${3:-}" ] || printf '%s\n' "  $3" >&2
  exit "$status"
}

have() { command -v "$1" >/dev/null 2>&1; }

# --- this machine ---------------------------------------------------------------------------------

# Sets `target` to the machine's target triple, or ends with exit 4.
find_target() {
  [ "$(uname -s)" = Linux ] ||
    fail 4 "rxdx-setup runs on Linux; this is $(uname -s)." "Install it on the Linux server itself."
  case $(uname -m) in
    x86_64 | amd64) arch=x86_64 loader=/lib64/ld-linux-x86-64.so.2 ;;
    aarch64 | arm64) arch=aarch64 loader=/lib/ld-linux-aarch64.so.1 ;;
    *)
      fail 4 "There is no build for a $(uname -m) machine." \
        "Use a server with an x86_64 or aarch64 processor."
      ;;
  esac
  # The loader's name also tells a 32-bit system on a 64-bit kernel, and musl, from what is needed.
  [ -e "$loader" ] ||
    fail 4 "This $(uname -m) system has no 64-bit glibc (no $loader); the runtime needs it." \
      "Use a distribution with glibc, such as Debian, Ubuntu or RHEL; not Alpine."
  target=$arch-unknown-linux-gnu
}

is_root() { [ "$(id -u)" = 0 ]; }

# A directory for temporary files, removed at the end.
make_scratch() {
  [ -z "$scratch" ] || return 0
  scratch=$(mktemp -d "${TMPDIR:-/tmp}/rxdx-install.XXXXXX") ||
    fail 4 "Cannot create a temporary directory in ${TMPDIR:-/tmp}." \
      "Set TMPDIR to a directory that you can write."
}

clean_up() {
  [ -z "$scratch" ] || rm -rf "$scratch"
  [ -z "$pending" ] || rm -f "$pending"
}

# True if there is a terminal to talk to, be it only /dev/tty.
has_terminal() { [ -t 0 ] || (: </dev/tty) 2>/dev/null; }

# Asks before something is installed that the operator did not name. --yes says yes.
confirm() {
  [ "$yes" = no ] || return 0
  has_terminal || return 1
  printf '%s [Y/n] ' "rxdx-setup: $1" >&2
  answer=
  read -r answer </dev/tty || return 1
  case $answer in '' | [yY]*) return 0 ;; esac
  return 1
}

# --- downloads ------------------------------------------------------------------------------------

# Downloads $1 to file $2; false if it cannot be had. HTTPS only, but for a loopback address.
download() {
  case $1 in
    https://*) proto='=https' ;;
    http://127.0.0.1:* | http://localhost:* | http://\[::1\]:*) proto='=http' ;;
    *) fail 2 "$1 is not an https address." 'Give one that begins with https://' ;;
  esac
  progress=-sS
  [ ! -t 2 ] || progress=--progress-bar
  if have curl; then
    curl --proto "$proto" --tlsv1.2 -fL "$progress" --connect-timeout 5 -o "$2" "$1"
  elif have wget; then
    wget -q -T 20 -O "$2" "$1"
  else
    fail 4 'Neither curl nor wget is installed.' "$(install_command curl)"
  fi
}

sha256_of() {
  have sha256sum || fail 4 'sha256sum is missing, so nothing that is downloaded can be checked.' \
    "$(install_command coreutils)"
  sum=$(sha256sum <"$1") || return 1
  printf '%s\n' "${sum%% *}"
}

# The command that installs package $1 here.
install_command() {
  sudo='sudo '
  ! is_root || sudo=
  if have apt-get; then
    echo "${sudo}apt-get update && ${sudo}apt-get install -y --no-install-recommends $1"
  elif have dnf; then
    echo "${sudo}dnf install -y $1"
  elif have zypper; then
    echo "${sudo}zypper install -y $1"
  elif have pacman; then
    echo "${sudo}pacman -S --needed $1"
  else
    echo "Install the package $1, then run this again."
  fi
}

# --- Deno -----------------------------------------------------------------------------------------

# True if $1 is the pinned Deno and starts here.
is_pinned_deno() {
  [ -x "$1" ] && case $(DENO_NO_UPDATE_CHECK=1 "$1" --version 2>/dev/null) in
    "deno $DENO_VERSION "*) true ;;
    *) false ;;
  esac
}

# True if binary $1 is the vendor's, as far as its checksum is known here.
is_genuine_deno() {
  case $arch in
    x86_64) known=$DENO_SHA256_X86_64 ;;
    *) known=$DENO_SHA256_AARCH64 ;;
  esac
  [ -n "$known" ] || return 0
  [ "$(sha256_of "$1")" = "$known" ] || {
    say "The Deno from $2 is not the one that was released: its checksum differs. Not used."
    return 1
  }
}

# Sets `deno` to the pinned Deno: the one on PATH, an earlier copy in the checkout, the vendor's
# download, or npm's.
find_deno() {
  deno=$(command -v deno || true)
  if [ -n "$deno" ] && is_pinned_deno "$deno"; then
    return 0
  fi
  deno=$tools/deno-$DENO_VERSION/deno
  ! is_pinned_deno "$deno" || return 0
  make_scratch
  fresh=$scratch/deno
  if ! deno_from_vendor && ! deno_from_npm; then
    fail 4 "Deno $DENO_VERSION, which builds the program, cannot be had from its vendor or from npm." \
      "Put it on PATH and run this again; behind a proxy set https_proxy first."
  fi
  chmod 755 "$fresh"
  is_pinned_deno "$fresh" ||
    fail 4 "Deno $DENO_VERSION does not start on this system." 'It needs glibc 2.27 or newer.'
  mkdir -p "${deno%/*}"
  mv -f "$fresh" "$deno"
}

deno_from_vendor() {
  have curl || have wget || return 1
  archive=deno-$target.zip
  say "Getting Deno $DENO_VERSION from $DENO_RELEASES…"
  for each in "$archive.sha256sum" "$archive"; do
    if ! download "$DENO_RELEASES/v$DENO_VERSION/$each" "$scratch/$each"; then
      say 'It cannot be had from there.'
      return 1
    fi
  done
  read -r published _ <"$scratch/$archive.sha256sum" || return 1
  [ "$(sha256_of "$scratch/$archive")" = "$published" ] ||
    fail 5 'The download of Deno does not match its published checksum.' 'Run this again.'
  have unzip || have python3 || have busybox || need_package unzip 'unpack Deno'
  mkdir "$scratch/unzipped"
  if have unzip; then
    unzip -qo "$scratch/$archive" deno -d "$scratch/unzipped"
  elif have python3; then
    python3 -m zipfile -e "$scratch/$archive" "$scratch/unzipped"
  else
    busybox unzip -qo "$scratch/$archive" -d "$scratch/unzipped"
  fi || return 1
  is_genuine_deno "$scratch/unzipped/deno" "$DENO_RELEASES" || return 1
  mv -f "$scratch/unzipped/deno" "$fresh"
}

deno_from_npm() {
  have npm || need_package npm "get Deno $DENO_VERSION"
  case $arch in
    x86_64) package=@deno/linux-x64-glibc ;;
    *) package=@deno/linux-arm64-glibc ;;
  esac
  # npm trusts a list of its own; a company's certificate authority is in the system's.
  if [ -z "${NODE_EXTRA_CA_CERTS:-}" ] && [ -r /etc/ssl/certs/ca-certificates.crt ]; then
    export NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
  fi
  say "Getting Deno $DENO_VERSION from npm…"
  # The package of this platform alone: it holds the binary and has no install script.
  npm install --prefix "$scratch/npm" --no-save --no-package-lock --ignore-scripts --no-audit \
    --no-fund --loglevel=error "$package@$DENO_VERSION" >/dev/null </dev/null || return 1
  is_genuine_deno "$scratch/npm/node_modules/$package/deno" npm || return 1
  mv -f "$scratch/npm/node_modules/$package/deno" "$fresh"
}

# Installs the distribution's package $1, which is needed to $2; says so first. Ends with the command
# to run where it may not.
need_package() {
  if ! is_root || ! have apt-get || ! confirm "To $2, $1 is needed. apt-get install $1?"; then
    fail 4 "To $2, $1 is needed, and it is not installed." "$(install_command "$1")"
  fi
  say "To $2: apt-get install -y --no-install-recommends $1 (may take some minutes)…"
  if ! DEBIAN_FRONTEND=noninteractive apt-get update -q >"$scratch/apt.log" 2>&1 ||
    ! DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$1" \
      >>"$scratch/apt.log" 2>&1 </dev/null; then
    tail -n 5 "$scratch/apt.log" >&2
    fail 4 "apt-get could not install $1; its last lines are above." "$(install_command "$1")"
  fi
  installed_packages="$installed_packages $1"
}

# --- the checkout door ----------------------------------------------------------------------------

# One hash over everything that the built file is made of.
hash_sources() {
  (
    cd "$checkout"
    find main.ts deno.json deno.lock lib templates -type f ! -name '*_test.ts' -print 2>/dev/null |
      LC_ALL=C sort | tr '\n' '\0' | xargs -0 sha256sum | sha256sum
  ) | cut -d' ' -f1
}

# Sets `built` to an up-to-date build of the checkout.
build() {
  dist=$checkout/dist tools=$checkout/.tools
  built=$dist/rxdx-setup
  sources=$(hash_sources)
  if [ -x "$built" ] && [ -f "$built.stamp" ] &&
    [ "$(cat "$built.stamp")" = "$sources $(sha256_of "$built")" ]; then
    return 0
  fi
  # A checkout that belongs to somebody else is left as it is.
  if ! mkdir -p "$dist" "$tools" 2>/dev/null || [ ! -w "$dist" ] || [ ! -w "$tools" ]; then
    make_scratch
    dist=$scratch/dist tools=$scratch/tools
    mkdir -p "$dist" "$tools"
    built=$dist/rxdx-setup
  fi
  find_deno
  # Deno takes npm's registry from this variable; it does not ask npm.
  if [ -z "${NPM_CONFIG_REGISTRY:-}" ] && have npm; then
    NPM_CONFIG_REGISTRY=$(npm config get registry 2>/dev/null || true)
    [ -z "$NPM_CONFIG_REGISTRY" ] || export NPM_CONFIG_REGISTRY
  fi
  say 'Building rxdx-setup (under a minute)…'
  rm -f "$built.stamp"
  (
    cd "$checkout"
    export DENO_DIR="${DENO_DIR:-$tools/deno-cache}" DENO_NO_UPDATE_CHECK=1
    # A company's own certificate authority is in the system's store.
    export DENO_TLS_CA_STORE="${DENO_TLS_CA_STORE:-system,mozilla}"
    exec "$deno" run --quiet --frozen --allow-all lib/packaging/build.ts --output "$built"
  ) >&2 || fail 5 'The build failed; the lines above say why. Nothing was installed.' \
    'Run the same command again when that is resolved.'
  printf '%s %s\n' "$sources" "$(sha256_of "$built")" >"$built.stamp"
}

# --- the download door ----------------------------------------------------------------------------

# Sets `built` to a release that was downloaded and verified. Whatever cannot be verified is refused.
fetch_release() {
  base=${RXDX_BASE_URL:-$RELEASE_URL}
  base=${base%/}
  [ -n "$base" ] ||
    fail 4 'No signed release of rxdx-setup has been published yet, so there is nothing to download.' \
      'Install it from a checkout: sh install.sh'
  make_scratch
  key=$scratch/release.pem
  if [ -n "${RXDX_RELEASE_KEY:-}" ]; then
    [ -r "$RXDX_RELEASE_KEY" ] ||
      fail 2 "RXDX_RELEASE_KEY names $RXDX_RELEASE_KEY, which cannot be read." 'Name a PEM file.'
    cat "$RXDX_RELEASE_KEY" >"$key"
  elif [ -n "$RELEASE_KEY" ]; then
    printf '%s\n' "$RELEASE_KEY" >"$key"
  else
    fail 4 'The signature of a release cannot be checked: no release key has been published yet.' \
      'Install from a checkout, or give the key of your own mirror: RXDX_RELEASE_KEY=FILE'
  fi
  have openssl ||
    fail 4 'openssl is missing, so the signature of the release cannot be checked.' \
      "$(install_command openssl)"
  sha256_of /dev/null >/dev/null
  [ -n "$version" ] ||
    fail 2 'Which release? There is no default yet.' 'Give it: --version 0.1.0'
  file=rxdx-setup-$version-$target
  say "Getting rxdx-setup $version from ${base}…"
  for each in SHA256SUMS SHA256SUMS.sig "$file"; do
    download "$base/$version/$each" "$scratch/$each" ||
      fail 5 "$base/$version/$each cannot be had. Nothing was installed." \
        'Check the version and the network, then run this again.'
  done
  openssl dgst -sha256 -verify "$key" -signature "$scratch/SHA256SUMS.sig" "$scratch/SHA256SUMS" \
    >/dev/null 2>&1 ||
    fail 5 'The signature of SHA256SUMS is not valid. Nothing was installed.' \
      'Do not use this download; tell those who publish it.'
  listed=
  while read -r sum name; do
    [ "${name#\*}" != "$file" ] || listed=$sum
  done <"$scratch/SHA256SUMS"
  [ -n "$listed" ] || fail 5 "SHA256SUMS does not list $file. Nothing was installed."
  [ "$(sha256_of "$scratch/$file")" = "$listed" ] ||
    fail 5 "$file does not match its checksum. Nothing was installed." \
      'Run this again; if it stays so, do not use this download.'
  chmod 755 "$scratch/$file"
  built=$scratch/$file
}

# --- installing -----------------------------------------------------------------------------------

# Creates directory $1 with its parents, and notes in `created` those that were not there.
make_directory() {
  [ ! -d "$1" ] || return 0
  case $1 in */*) make_directory "${1%/*}" ;; esac
  mkdir "$1" 2>/dev/null || [ -d "$1" ] || unwritable "$1"
  created="directory $1
$created"
}

# Ends with exit 4 if nothing can be installed below the prefix; asked before anything is built.
check_prefix() {
  for each in "$prefix/bin" "$prefix/share/rxdx-setup"; do
    while [ ! -e "$each" ]; do
      each=${each%/*}
      [ -n "$each" ] || each=/
    done
    if [ ! -d "$each" ] || [ ! -w "$each" ]; then
      unwritable "$each"
    fi
  done
}

unwritable() {
  if is_root; then
    fail 4 "$1 cannot be written." 'Choose another place: --prefix DIR'
  fi
  fail 4 "$1 cannot be written by $(id -un)." \
    'Run it with sudo, or choose a place of your own: --prefix ~/.local'
}

# Puts `built` into place as a whole: a run that is cut off leaves the old file or the new one.
place() {
  program=$prefix/bin/rxdx-setup
  receipt=$prefix/share/rxdx-setup/receipt
  sum=$(sha256_of "$built")
  if [ -f "$program" ] && [ -f "$receipt" ] && [ "$(sha256_of "$program")" = "$sum" ]; then
    return 0
  fi
  created=
  make_directory "$prefix/bin"
  make_directory "$prefix/share/rxdx-setup"
  # What an earlier run created stays noted.
  [ ! -f "$receipt" ] || created=$created$(grep '^directory ' "$receipt" || true)
  pending=$(mktemp "$prefix/bin/.rxdx-setup.XXXXXX") || unwritable "$prefix/bin"
  if ! cp "$built" "$pending" || ! chmod 755 "$pending"; then
    fail 5 "Cannot write to $prefix/bin." "Is the disk full? df -h $prefix"
  fi
  "$pending" --version >/dev/null ||
    fail 5 'The program does not start here, so it was not installed.' 'The lines above say why.'
  # The receipt comes first: a program that is there is always in it.
  {
    printf '%s\n' '# What install.sh created; install.sh --uninstall removes it.'
    printf 'file %s %s\n' "$sum" "$program"
    printf '%s\n' "$created" | sed '/^$/d' | LC_ALL=C sort -ru
    for each in $installed_packages; do printf 'package %s\n' "$each"; done
    [ ! -f "$receipt" ] || grep '^package ' "$receipt" || true
  } >"$receipt.new"
  mv -f "$receipt.new" "$receipt"
  mv -f "$pending" "$program"
  pending=
  say "Installed $program"
}

path_hint() {
  case :$PATH: in
    *":$prefix/bin:"*) ;;
    *) say "$prefix/bin is not on your PATH. Add this to ~/.profile: export PATH=\"$prefix/bin:\$PATH\"" ;;
  esac
}

uninstall() {
  receipt=$prefix/share/rxdx-setup/receipt
  [ -f "$receipt" ] ||
    fail 4 "Nothing is installed in $prefix (no $receipt)." 'Name the place: --prefix DIR --uninstall'
  for each in "${receipt%/*}" "$prefix/bin"; do
    [ -w "$each" ] || unwritable "$each"
  done
  kept=
  while read -r kind what name; do
    case $kind in
      file)
        if [ ! -f "$name" ]; then
          :
        elif [ "$(sha256_of "$name")" = "$what" ]; then
          rm -f "$name"
          say "Removed $name"
        else
          kept=$name
        fi
        ;;
      package) say "Still installed, in case you need it: $what (apt-get remove $what)" ;;
    esac
  done <"$receipt"
  [ -z "$kept" ] || fail 5 "$kept was changed since it was installed, so it was left." \
    "Remove it yourself if you do not want it: rm $kept $receipt"
  remove_cache
  directories=$(sed -n 's/^directory //p' "$receipt")
  rm -f "$receipt"
  # Those that something else has been put into stay.
  printf '%s\n' "$directories" | while read -r name; do
    [ -z "$name" ] || rmdir "$name" 2>/dev/null || true
  done
  say 'A stack that it set up was not touched.'
}

# Removes what the program unpacked for this user.
remove_cache() {
  if is_root; then
    set -- /var/cache/rxdx-setup /var/lib/rxdx-setup
  else
    set --
  fi
  for each in "$@" "${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/rxdx-setup"; do
    if [ -d "$each" ] && [ ! -L "$each" ] && [ -w "$each" ]; then
      rm -rf "$each"
      say "Removed $each"
    fi
  done
}

# --- main -----------------------------------------------------------------------------------------

value() { [ $# -ge 2 ] || fail 2 "$1 needs a value." 'See: sh install.sh --help'; }

main() {
  demo=no yes=no init=yes engine=yes action=install
  prefix='' dir='' version=${RXDX_VERSION:-}
  scratch='' pending='' installed_packages=''
  while [ $# -gt 0 ]; do
    case $1 in
      --demo) demo=yes ;;
      --yes | -y) yes=yes ;;
      --no-engine) engine=no ;;
      --no-init) init=no ;;
      --uninstall) action=uninstall ;;
      --print-target) action=target ;;
      --print-deno) action=deno ;;
      --help | -h) action=help ;;
      --prefix)
        value "$@"
        prefix=$2
        shift
        ;;
      --dir)
        value "$@"
        dir=$2
        shift
        ;;
      --version)
        value "$@"
        version=$2
        shift
        ;;
      --prefix=*) prefix=${1#*=} ;;
      --dir=*) dir=${1#*=} ;;
      --version=*) version=${1#*=} ;;
      *) fail 2 "Unknown option: $1" 'See: sh install.sh --help' ;;
    esac
    shift
  done
  case $action in
    help)
      usage
      return 0
      ;;
    target)
      find_target
      printf '%s\n' "$target"
      return 0
      ;;
  esac

  if [ -z "$prefix" ]; then
    prefix=/usr/local
    is_root || prefix=${HOME:?HOME is not set, so --prefix DIR is needed}/.local
  fi
  case $prefix in /*) ;; *) prefix=$PWD/$prefix ;; esac
  prefix=${prefix%/}
  umask 022
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' HUP TERM
  if [ "$action" = uninstall ]; then
    uninstall
    return 0
  fi

  # The demo answers everything with defaults; without a terminal there is nobody to confirm them.
  if [ "$demo" = yes ] && ! has_terminal; then yes=yes; fi
  if [ "$action" = install ] && [ "$init" = yes ] && [ "$yes" = no ] && ! has_terminal; then
    fail 2 'There is no terminal to ask questions on.' \
      'Add --demo to try it or --yes to take every default; --no-init only installs.'
  fi
  find_target
  [ "$action" = deno ] || check_prefix
  checkout=
  # A checkout is where this very file lies beside the sources; read from a pipe, $0 is the shell.
  case $0 in
    *install.sh)
      here=$(cd "$(dirname "$0")" && pwd)
      [ ! -f "$here/lib/packaging/build.ts" ] || checkout=$here
      ;;
  esac
  if [ "$action" = deno ]; then
    [ -n "$checkout" ] || fail 2 '--print-deno works in a checkout only.'
    tools=$checkout/.tools
    mkdir -p "$tools"
    find_deno
    printf '%s\n' "$deno"
    return 0
  fi
  if [ -n "$checkout" ] && [ -z "${RXDX_BASE_URL:-}" ]; then
    [ -z "$version" ] || fail 2 '--version picks a release to download; this is a checkout.' \
      'Leave it out to build what is checked out.'
    build
  else
    fetch_release
  fi
  place
  path_hint
  hand_over
}

# Becomes the wizard.
hand_over() {
  clean_up
  trap - EXIT
  set -- init
  [ "$demo" = no ] || set -- "$@" --demo
  [ "$yes" = no ] || set -- "$@" --yes
  [ "$engine" = yes ] || set -- "$@" --no-engine
  [ -z "$dir" ] || set -- "$@" --dir "$dir"
  if [ "$init" = no ]; then
    say "Next: $prefix/bin/rxdx-setup $*"
    return 0
  fi
  if [ ! -t 0 ] && (: </dev/tty) 2>/dev/null; then
    exec "$prefix/bin/rxdx-setup" "$@" </dev/tty
  fi
  exec "$prefix/bin/rxdx-setup" "$@"
}

# In braces, so that a line that is cut off before its end is not a command.
{ main "$@"; }
