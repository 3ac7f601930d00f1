#!/bin/sh
# Installs rxdx-setup and starts its wizard.
#
#   sh install.sh [--demo] [--yes]               from a checkout: build, install, start the wizard
#   curl -fsSL https://.../install.sh | sh       on a server: download, verify, install, start it
#   sh install.sh --bundle FILE --key KEY        on a server without network: out of the bundle
#
# Nothing happens before the last line: all that follows is one group in braces, which the shell runs
# when it has read it to the end, so a download that was cut short does nothing at all. (Functions alone
# are not enough: cut off within its name, `make_scratch` is `make`.) Every option is explained by
# `sh install.sh --help`.
set -eu

# The values of lib/packaging/runtime.ts; a test compares them.
DENO_VERSION=2.9.6
# SHA-256 of the vendor's binary, the same in its release archive and its npm package.
DENO_SHA256_X86_64=bceb5b6a6239b0b010418406d8c77a508f67cf4337d94288f1c19fe71304aab0
DENO_SHA256_AARCH64=d08d392418df53f4e6e88a08909c0e1bccbf9adcead7232df72b6ad6075ec416
DENO_RELEASES=https://dl.deno.land/release

# Where signed releases are published, and the minisign keys, separated by blanks, that they are signed
# with; the values of lib/release/origin.ts. Empty until there is a first release: then the download
# door refuses, unless a mirror and its key are named.
RELEASE_URL=''
RELEASE_KEYS=''

# What shells and man(1) read: below the prefix, and the command that prints it. The list of
# lib/release/shell_files.ts; a test compares them.
SHELL_FILES='share/bash-completion/completions/rxdx-setup completions bash
share/zsh/site-functions/_rxdx-setup completions zsh
share/fish/vendor_completions.d/rxdx-setup.fish completions fish
share/man/man1/rxdx-setup.1 man'

# Filled in where a release is made: the release this script belongs to, and SHA-256 of its archives.
PINNED_VERSION=
PINNED_SHA256_X86_64=
PINNED_SHA256_AARCH64=

{
  usage() {
    cat <<'TEXT'
Examples:
  sh install.sh --demo --yes          build, install, and run the whole stack with demo images
  sh install.sh                       build, install, and start the wizard
  sh install.sh --prefix ~/.local --no-init
                                      only install the program, for this user
  sh install.sh --bundle rxdx.bundle.tar --key bundle.pub
                                      on a machine without network: program and images from the bundle
  sh install.sh --uninstall           remove what this script installed

Options:
  --demo           defaults for everything, images built on this machine from distribution packages
  --yes            no questions: every answer is its default
  --dir DIR        where the stack is kept (default: /opt/rxdx as root, ~/rxdx otherwise)
  --no-engine      do not install a container engine
  --no-init        only install the program; do not start the wizard
  --prefix DIR     installs DIR/bin/rxdx-setup (default: /usr/local as root, ~/.local otherwise)
  --version V      the release to download (default: the one this script belongs to, else the newest)
  --bundle FILE    take the program out of this bundle, and the stack after it; nothing is downloaded
  --key KEY        who must have signed the bundle: a minisign public key, or a file with it
  --uninstall      remove the program; a stack that it set up is not touched
  --print-target   print the kind of machine this is, and end
  --print-deno     get the Deno that builds the program, print its path, and end
  --help           print this, and end

Environment: RXDX_VERSION as --version; RXDX_BASE_URL and RXDX_RELEASE_KEY name a release mirror and
its public key (minisign: the key itself, or a file with it), which vouches for a bundle without --key
too. Proxy variables (http_proxy, https_proxy, all_proxy, no_proxy, also in capitals) reach downloads,
the build, Docker and its images.

Exit codes: 0 ok, 2 wrong usage, 4 something is missing on this machine, 5 failed and safe to run
again, 7 another install is at work, 130 cancelled.
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

  # Prints $1 as a word that a shell reads back.
  quoted() {
    case $1 in
      '' | *[!A-Za-z0-9_./:@%+=,-]*) printf "'%s'" "$(printf '%s\n' "$1" | sed "s/'/'\\\\''/g")" ;;
      *) printf '%s' "$1" ;;
    esac
  }

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
    for each in /lib/ld-musl-*; do
      [ ! -e "$each" ] || [ -e "$loader" ] ||
        fail 4 'This system is built on musl, as Alpine is; the runtime of rxdx-setup needs glibc.' \
          'Use Debian, Ubuntu or a relative of RHEL for the server; not Alpine.'
    done
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

  # Whatever way this ends: nothing half done stays, neither files nor directories.
  clean_up() {
    [ -z "$scratch" ] || rm -rf "$scratch"
    [ -z "$stage" ] || rm -rf "$stage"
    [ -n "$placed" ] || [ -z "$created" ] || {
      rm -f "$share/.rxdx/lock"
      [ -z "$early" ] || rm -f "$receipt"
      printf '%s\n' "$created" | while read -r _ name; do rmdir "$name" 2>/dev/null || true; done
    }
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

  # Proxy variables in both spellings: curl and apt read small letters, others capitals.
  spread_proxies() {
    for pair in http:HTTP https:HTTPS no:NO all:ALL; do
      small=${pair%:*}_proxy capital=${pair#*:}_PROXY
      eval "one=\${$small:-} other=\${$capital:-}"
      # shellcheck disable=SC2154 # set by eval
      [ -z "$one" ] || [ -n "$other" ] || export "$capital=$one"
      # shellcheck disable=SC2154
      [ -n "$one" ] || [ -z "$other" ] || export "$small=$other"
    done
  }

  # Downloads $1 to file $2; false if it cannot be had. HTTPS only, but for a loopback address. What
  # brings no 1,000 bytes a second for half a minute has stalled.
  download() {
    case $1 in
      https://*) proto='=https' here= ;;
      # A proxy, asked for this machine, would answer for itself.
      http://127.0.0.1:* | http://localhost:* | http://\[::1\]:*) proto='=http' here=yes ;;
      *) fail 2 "$1 is not an https address." 'Give one that begins with https://' ;;
    esac
    code=0
    if have curl; then
      progress=-sS
      [ ! -t 2 ] || progress=--progress-bar
      curl ${here:+--noproxy '*'} --proto "$proto" --tlsv1.2 -fL "$progress" --connect-timeout 10 \
        --speed-limit 1000 --speed-time "${RXDX_STALL_SECONDS:-30}" -o "$2" "$1" || code=$?
      [ "$code" != 23 ] || cannot_write "${2%/*}"
    elif have wget; then
      with_wget "$1" "$2" || code=$?
      [ "$code" != 3 ] || cannot_write "${2%/*}"
    else
      fail 4 'Neither curl nor wget is installed.' "$(install_command curl)"
    fi
    return "$code"
  }

  # Downloads $1 to file $2 with wget. There are several: each is told what it says it knows. GNU's would
  # try 20 times, half a minute each; busybox's tries once. What `--https-only` says of redirects differs:
  # version 1.21 follows one to http all the same, so signature and checksum must judge what comes.
  with_wget() {
    knows=$(wget --help 2>&1) || true
    set -- -q -O "$2" "$1"
    case $knows in *--tries*) set -- --tries=1 "$@" ;; esac
    case $proto$knows in =https*--https-only*) set -- --https-only "$@" ;; esac
    case $knows in *'-T,'* | *'-T '*) set -- -T "${RXDX_STALL_SECONDS:-30}" "$@" ;; esac
    case $here$knows in
      yes*--no-proxy* | yes*--proxy*) set -- --no-proxy "$@" ;;
      yes*) set -- -Y off "$@" ;;
    esac
    wget "$@"
  }

  cannot_write() {
    [ -z "$placed" ] ||
      fail 5 "The program was replaced, but its receipt cannot be written to $1." \
        "Is the disk full? df -h $1; then run this again."
    fail 5 "Cannot write to $1. Nothing was changed." "Is the disk full? df -h $1"
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
    elif have apk; then
      echo "${sudo}apk add $1"
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

  # True if binary $1 is the vendor's.
  is_genuine_deno() {
    case $arch in
      x86_64) known=$DENO_SHA256_X86_64 ;;
      *) known=$DENO_SHA256_AARCH64 ;;
    esac
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
    say "Getting Deno $DENO_VERSION from $DENO_RELEASES..."
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
    say "Getting Deno $DENO_VERSION from npm..."
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
    say "To $2: apt-get install -y --no-install-recommends $1 (may take some minutes)..."
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
    say 'Building rxdx-setup (under a minute)...'
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

  # Sets `base`, and the keys: where the release comes from, and who must have signed it.
  find_origin() {
    base=${RXDX_BASE_URL:-$RELEASE_URL}
    base=${base%/}
    [ -z "${RXDX_BASE_URL:-}" ] || source=$base
    [ -n "$base" ] ||
      fail 4 'No signed release of rxdx-setup has been published yet, so there is nothing to download.' \
        'Install it from a checkout: sh install.sh'
    find_keys RXDX_RELEASE_KEY "${RXDX_RELEASE_KEY:-}"
  }

  # Sets `keys` to the public keys in $2, be it a file, which was given by $1; else those built in.
  find_keys() {
    keys=$RELEASE_KEYS
    if [ -n "$2" ]; then
      # As `keysFrom` of the program: the words that begin with RW, on lines that do.
      given_keys=$(
        if [ -f "$2" ]; then head -c 65536 "$2"; else printf '%s\n' "$2"; fi |
          tr -d '\r\000' | tr '\t' ' ' | sed -n '/^ *RW/p' | tr ' ' '\n' | sed -n '/^RW/p'
      )
      if [ -z "$given_keys" ] || printf '%s\n' "$given_keys" | grep -qvE '^RW[A-Za-z0-9+/]{54}$'; then
        fail 2 "$1 is neither a minisign public key nor a file with one: $2" \
          'A key is one line of 56 characters that begins with RW.'
      fi
      keys=$given_keys
    fi
    [ -n "$keys" ] || case $door in
      bundle) fail 4 'Whose bundle this must be is not known, so its signature cannot be checked.' \
        'Give the public key of those who made it: --key FILE' ;;
      *) fail 4 'The signature of a release cannot be checked: no release key has been published yet.' \
        'Install from a checkout, or give the key of your own mirror: RXDX_RELEASE_KEY=FILE' ;;
    esac
  }

  # True if openssl knows Ed25519 and BLAKE2b on the command line: from version 3 on, where neither is
  # switched off.
  openssl_can() {
    have openssl && openssl pkeyutl -help 2>&1 | grep -q -e -rawin &&
      openssl dgst -blake2b512 </dev/null >/dev/null 2>&1
  }

  # True if file $2 carries signature $3 of key $1, and so does the trusted comment.
  openssl_verifies() {
    at=$stage/openssl
    mkdir -p "$at"
    printf '%s' "$1" | openssl base64 -d -A >"$at/key" 2>/dev/null || return 1
    sed -n 2p "$3" | openssl base64 -d -A >"$at/signature" 2>/dev/null || return 1
    sed -n 4p "$3" | openssl base64 -d -A >"$at/global" 2>/dev/null || return 1
    # The algorithm and the number of the key stand before each.
    [ "$(wc -c <"$at/key")" -eq 42 ] && [ "$(wc -c <"$at/signature")" -eq 74 ] || return 1
    [ "$(dd if="$at/key" bs=1 skip=2 count=8 2>/dev/null | openssl base64)" = \
      "$(dd if="$at/signature" bs=1 skip=2 count=8 2>/dev/null | openssl base64)" ] || return 1
    # What stands before an Ed25519 key in its DER form (RFC 8410).
    {
      printf '\060\052\060\005\006\003\053\145\160\003\041\000'
      tail -c 32 "$at/key"
    } >"$at/key.der"
    tail -c 64 "$at/signature" >"$at/first"
    openssl dgst -blake2b512 -binary "$2" >"$at/hash" || return 1
    {
      cat "$at/first"
      sed -n '3s/^trusted comment: //p' "$3" | tr -d '\n'
    } >"$at/message"
    for each in hash:first message:global; do
      openssl pkeyutl -verify -pubin -keyform DER -inkey "$at/key.der" -rawin \
        -in "$at/${each%:*}" -sigfile "$at/${each#*:}" >/dev/null 2>&1 || return 1
    done
  }

  # Ends unless $stage/SHA256SUMS was signed with one of `keys`. Where this machine has no tool that can
  # tell, the program that is installed does. Sets `later` to yes where there is none: then the new
  # program itself will, which is run only if this script pins it.
  verify_sums() {
    sums=$stage/SHA256SUMS signature=$stage/SHA256SUMS.minisig later=no
    # The older kind of signature, over the file itself, begins with RW.
    case $(sed -n 2p "$signature") in RU*) ;; *) bad_signature ;; esac
    if have minisign; then
      tool=minisign
    elif openssl_can; then
      tool=openssl
    elif is_unchanged; then
      tool=program
    elif [ -n "$pinned" ]; then
      later=yes
      return 0
    else
      tool=$(install_command minisign)
      [ "$door" != bundle ] ||
        tool="Bring the package minisign (or openssl, version 3) along like the bundle; with network: $tool"
      fail 4 "Nothing on this machine can check the signature of this $door: minisign, or openssl 3." "$tool"
    fi
    for each_key in $keys; do
      case $tool in
        minisign) ! minisign -V -q -P "$each_key" -x "$signature" -m "$sums" >/dev/null 2>&1 || return 0 ;;
        openssl) ! openssl_verifies "$each_key" "$sums" "$signature" || return 0 ;;
        *)
          ! "$program" verify "$sums" --signature "$signature" --key "$each_key" >/dev/null 2>&1 </dev/null ||
            return 0
          ;;
      esac
    done
    bad_signature
  }

  bad_signature() {
    # With no room for what it writes, openssl says no as well; that must not pass for an attack.
    need_room
    fail 5 'The signature of SHA256SUMS is not valid. Nothing was installed.' \
      "Do not use this $door; tell those who made it."
  }

  need_room() { dd if=/dev/zero of="$stage/room" bs=1024 count=64 2>/dev/null || cannot_write "$stage"; }

  # Sets `built` to a release that was downloaded and verified. Whatever cannot be verified is refused.
  fetch_release() {
    find_origin
    version=${version#v}
    [ -n "$version" ] || version=$PINNED_VERSION
    [ -n "$version" ] || unnamed=yes
    case $version in
      *[!0-9A-Za-z.+-]* | [!0-9]*)
        fail 2 "$version is not a version." 'Give one as in --version 0.1.0'
        ;;
    esac
    sha256_of /dev/null >/dev/null
    for each in tar gzip; do
      have "$each" || fail 4 "$each is missing, so a release cannot be unpacked." "$(install_command "$each")"
    done
    pinned=
    if [ "$version" = "$PINNED_VERSION" ]; then
      case $arch in
        x86_64) pinned=$PINNED_SHA256_X86_64 ;;
        *) pinned=$PINNED_SHA256_AARCH64 ;;
      esac
    fi
    if [ -n "$version" ] && is_installed "$version"; then
      return 0
    fi
    make_stage
    if [ -n "$version" ]; then
      from=$base/download/v$version
      say "Getting rxdx-setup $version from ${base}..."
    else
      from=$base/latest/download
      say "Getting the newest rxdx-setup from ${base}..."
    fi
    fetch SHA256SUMS
    fetch SHA256SUMS.minisig
    verify_sums
    # Signed with the checksums: those of another version cannot be put in their place.
    signed=$(sed -n '3s/^trusted comment: rxdx-setup //p' "$signature")
    [ -n "$version" ] || version=$signed
    case $version in '' | *[!0-9A-Za-z.+-]*) bad_signature ;; esac
    [ "$signed" = "$version" ] ||
      fail 5 "What was signed is not version $version, but: ${signed:-something else}. Nothing was installed." \
        'Do not use this download; tell those who publish it.'
    if is_installed "$version"; then
      return 0
    fi
    warn_of_downgrade
    file=rxdx-setup-$version-$target.tar.gz
    listed=
    while read -r sum name; do
      [ "${name#\*}" != "$file" ] || listed=$sum
    done <"$sums"
    [ -n "$listed" ] || fail 5 "SHA256SUMS does not list $file. Nothing was installed." \
      'There may be no build of this version for this kind of machine.'
    [ -z "$pinned" ] || [ "$pinned" = "$listed" ] ||
      fail 5 "SHA256SUMS has another checksum for $file than this script. Nothing was installed." \
        'Get the script again; if it stays so, do not use this download.'
    fetch "$file"
    [ "$(sha256_of "$stage/$file")" = "$listed" ] ||
      fail 5 "$file does not match its checksum. Nothing was installed." \
        'Run this again; if it stays so, do not use this download.'
    tar -xzof "$stage/$file" -C "$stage" rxdx-setup 2>/dev/null || cannot_write "$stage"
    rm -f "$stage/$file"
    built=$stage/rxdx-setup
    chmod 755 "$built"
    if [ "$later" = yes ]; then
      said=
      for each_key in $keys; do
        said=$("$built" verify "$sums" --signature "$signature" --key "$each_key" 2>/dev/null) && break
        said=
      done
      [ -n "$said" ] || bad_signature
    fi
  }

  # Sets `built` to the program in the bundle, if the checksums that were signed with it say so. All else
  # that is in there is verified by that program, before it writes anything.
  fetch_bundle() {
    have tar || fail 4 'tar is missing, so nothing can be taken out of a bundle.' "$(install_command tar)"
    sha256_of /dev/null >/dev/null
    find_keys "${key:+--key}" "${key:-${RXDX_RELEASE_KEY:-}}"
    # They vouch for bundles; what `self-update` may fetch is another matter.
    given_keys=
    pinned=
    make_stage
    say "Taking rxdx-setup out of ${bundle}..."
    take SHA256SUMS 1048576
    [ -s "$stage/SHA256SUMS" ] ||
      fail 5 "$bundle is not a whole bundle of rxdx-setup: it has no SHA256SUMS. Nothing was installed." \
        'Copy it again, and compare its size with the original.'
    take SHA256SUMS.minisig 65536
    [ -s "$stage/SHA256SUMS.minisig" ] ||
      fail 5 "Nobody has signed $bundle. Nothing was installed." \
        'See "Without a signature" in docs/guide/air-gapped.md, if you know where it comes from.'
    verify_sums
    signed=$(sed -n '3s/^trusted comment: rxdx-setup-bundle //p' "$signature")
    [ -n "$signed" ] ||
      fail 5 'What was signed is not a bundle of rxdx-setup, but something else. Nothing was installed.' \
        "Do not use this $door; tell those who made it."
    machine=${signed#* } machine=${machine%% *}
    case $arch:$machine in
      x86_64:amd64 | aarch64:arm64) ;;
      *)
        fail 4 "$bundle is for machines of another kind: $machine. This one is $arch." \
          'Make one on a machine of this kind: rxdx-setup bundle create'
        ;;
    esac
    listed=
    while read -r sum name; do
      [ "$name" != rxdx-setup ] || listed=$sum
    done <"$sums"
    # Without it, a checksum that cannot be computed would be equal to none.
    [ -n "$listed" ] ||
      fail 5 "What was signed with $bundle does not list rxdx-setup. Nothing was installed." \
        "Do not use this $door; tell those who made it."
    take rxdx-setup
    [ "$(sha256_of "$stage/rxdx-setup")" = "$listed" ] || {
      need_room
      fail 5 "The program in $bundle does not match its checksum. Nothing was installed." \
        'The file is damaged: copy it again.'
    }
    built=$stage/rxdx-setup
    chmod 755 "$built"
  }

  # Takes member $1 out of the bundle into the stage, of what nobody has vouched for yet $2 bytes at most;
  # leaves an empty file where there is none. A name that comes twice is there twice, and matches no
  # checksum. The path is absolute: no tar takes it for a host.
  take() {
    if [ $# -eq 2 ]; then
      tar -xOf "$bundle" "$1" | head -c "$2"
    else
      tar -xOf "$bundle" "$1"
    fi >"$stage/$1" 2>/dev/null || true
    # Not every tar says that the disk is full, and no two alike.
    [ -s "$stage/$1" ] || need_room
  }

  # Downloads file $1 of the release into the stage.
  fetch() {
    download "$from/$1" "$stage/$1" ||
      fail 5 "$from/$1 cannot be had. Nothing was installed." \
        'Check the version, the network and https_proxy, then run this again.'
  }

  # True if the program that is installed is the one that an install has put there.
  is_unchanged() {
    [ -f "$receipt" ] && [ -x "$program" ] &&
      grep -qxF "file $(sha256_of "$program") $program" "$receipt"
  }

  # True if release $1 is what is installed, unchanged: then there is nothing to download.
  is_installed() {
    is_unchanged && grep -qxF "version $1" "$receipt" && has_origin && is_settled || return 1
    built=$program
    say "rxdx-setup $1 is installed in $prefix already."
  }

  # Prints the lines of the receipt that say where releases come from, and who must have signed them. Only
  # the download door knows anew; the others keep what is there, for `self-update`.
  origin_lines() {
    if [ "$door" != download ]; then
      noted_origin
      return 0
    fi
    [ -z "$source" ] || printf 'source %s\n' "$source"
    for each in $given_keys; do printf 'key %s\n' "$each"; done
  }

  noted_origin() { [ ! -f "$receipt" ] || sed -n -e '/^source /p' -e '/^key /p' "$receipt"; }

  # True if the receipt has the door and the origin of this run.
  has_origin() { grep -qxF "door $door" "$receipt" && [ "$(noted_origin)" = "$(origin_lines)" ]; }

  # False where a run was killed: while the receipt has two checksums of a file or a copy of the program
  # before, or a stage is left.
  is_settled() {
    for each in "$prefix/bin"/.rxdx-setup-*; do
      [ ! -e "$each" ] || [ "$each" = "$stage" ] || return 1
    done
    names=$(sed -n 's/^file [0-9a-f]* //p' "$receipt")
    [ ! -e "$share/previous.new" ] && ! grep -qF " $share/previous.new" "$receipt" &&
      printf '%s\n' "$names" | grep -qxF "$program" &&
      [ "$(printf '%s\n' "$names" | LC_ALL=C sort)" = "$(printf '%s\n' "$names" | LC_ALL=C sort -u)" ]
  }

  # True if version $1 is older than $2: three numbers; a candidate (1.0.0-rc.1) is older than its release.
  is_older() {
    [ "$1" != "$2" ] || return 1
    left=${1%%[-+]*}. right=${2%%[-+]*}.
    for _ in 1 2 3; do
      one=${left%%.*} other=${right%%.*}
      left=${left#*.} right=${right#*.}
      case ${one:-x}${other:-x} in *[!0-9]*) return 1 ;; esac
      [ "$one" -eq "$other" ] || {
        [ "$one" -lt "$other" ]
        return
      }
    done
    case $1 in *-*) ;; *) return 1 ;; esac
    case $2 in *-*) return 1 ;; esac
  }

  # An older program may not know what a newer one has written. Says so, and asks where it can.
  warn_of_downgrade() {
    [ -z "$warned" ] && [ -x "$program" ] || return 0
    warned=yes
    now=$("$program" --version 2>/dev/null) || now=
    now=${now#rxdx-setup }
    is_older "$version" "$now" || return 0
    # Who holds the server, but not the key, can still pass an old release off as the newest.
    [ -z "$unnamed" ] ||
      fail 5 "The newest release at $base is $version, and $now is installed. Nothing was changed." \
        "If you want to go back, name it: --version $version"
    say "Downgrade: $now is installed, and $version is older. It may not understand what $now has written."
    [ "$yes" = yes ] || ! has_terminal || confirm "Go back to $version?" || {
      say 'Nothing was changed.'
      exit 130
    }
  }

  # --- installing -----------------------------------------------------------------------------------

  # Creates directory $1 with its parents, and notes in `created` those that were not there. False where
  # it cannot.
  make_directory() {
    [ ! -d "$1" ] || return 0
    case $1 in ?*/*) make_directory "${1%/*}" || return 1 ;; esac
    mkdir "$1" 2>/dev/null || [ -d "$1" ] || return 1
    created="directory $1
$created"
  }

  # Ends with exit 4 if nothing can be installed below the prefix; asked before anything is built.
  check_prefix() {
    ! packaged=$(sed -n '1{/./p;}' "$share/packaged" 2>/dev/null) || [ -z "$packaged" ] ||
      fail 4 "The program in $prefix was installed by a package manager, which is the one to update it." "$packaged"
    for each in "$prefix/bin" "$prefix/share/rxdx-setup"; do
      while [ ! -e "$each" ]; do
        each=${each%/*}
        [ -n "$each" ] || each=/
      done
      if [ ! -d "$each" ] || [ ! -w "$each" ]; then
        unwritable "$each"
      fi
    done
    check_place
  }

  # Ends with exit 4 if what stands in the program's place is somebody else's: it would be lost. Sets
  # `by_hand` where it is a copy of rxdx-setup that no receipt names.
  check_place() {
    [ ! -d "$program" ] || not_ours 'is a directory'
    if [ ! -e "$program" ] && [ ! -L "$program" ]; then return 0; fi
    ! { [ -f "$receipt" ] && sed -n 's/^file [0-9a-f]* //p' "$receipt" | grep -qxF "$program"; } || return 0
    case $("$program" --version 2>/dev/null </dev/null) in
      'rxdx-setup '*) by_hand=yes ;;
      *) not_ours 'is another program, not put there by this script' ;;
    esac
  }

  not_ours() {
    fail 4 "$program $1. Nothing was changed." 'Move it away, or choose another place: --prefix DIR'
  }

  unwritable() {
    if is_root; then
      fail 4 "$1 cannot be written." 'Choose another place: --prefix DIR'
    fi
    fail 4 "$1 cannot be written by $(id -un)." \
      'Run it with sudo, or choose a place of your own: --prefix ~/.local'
  }

  # Removes what runs that were killed have left.
  sweep_stages() {
    for each in "$prefix/bin"/.rxdx-setup-*; do
      gone=${each##*/.rxdx-setup-}
      case $gone in
        update) rm -rf "$each" ;;
        [0-9]*.*) [ -d "/proc/${gone%%.*}" ] || rm -rf "$each" ;;
      esac
    done
  }

  # Ends with exit 7 if another install is at work. `self-update` takes the same lock of the kernel, which
  # ends with its holder. Named again for a Korn shell, which hands on what it is told to.
  take_lock() {
    if ! make_directory "$share/.rxdx" || [ ! -w "$share/.rxdx" ]; then unwritable "$share/.rxdx"; fi
    if have flock && exec 9>>"$share/.rxdx/lock" && ! flock -n 9 9>&9; then
      created=
      fail 7 "Another install or self-update is at work in $prefix." 'Wait for it to end, then run this again.'
    fi
  }

  # Sets `stage` to a directory beside the program, removed at the end, once no other install is at work.
  make_stage() {
    [ -z "$stage" ] || return 0
    for each in "$prefix/bin" "$share"; do
      make_directory "$each" || unwritable "$each"
    done
    take_lock
    # A run that is killed leaves directories: the next one, and --uninstall, know them by this.
    if [ -n "$created" ] && [ ! -f "$receipt" ]; then
      early=yes
      printf '%s' "$created" 2>/dev/null >"$receipt" || cannot_write "$share"
    fi
    sweep_stages
    stage=$(mktemp -d "$prefix/bin/.rxdx-setup-$$.XXXXXX") || unwritable "$prefix/bin"
    settle
  }

  # Makes whole what a run that was killed has left, be it of `self-update`, before anything else is done:
  # what fails after that leaves an install that --uninstall knows. The copy of the program from before is
  # the new `previous` if the program is another by now and the receipt, which is written between the two,
  # has its checksum; otherwise it was cut off, or is of no use.
  settle() {
    copy=$share/previous.new
    if [ ! -f "$receipt" ] || [ -n "$early" ]; then
      rm -f "$copy"
      return 0
    fi
    ! is_settled || return 0
    mended=yes
    if [ -f "$copy" ]; then
      of_copy=$(sha256_of "$copy") of_program=
      [ ! -f "$program" ] || of_program=$(sha256_of "$program")
      if [ "$of_copy" != "$of_program" ] && vouches "$of_copy" "$copy"; then
        mv -f "$copy" "$share/previous"
      else
        rm -f "$copy"
      fi
    fi
    settled_receipt >"$stage/receipt" || cannot_write "$share"
    mv -f "$stage/receipt" "$receipt" || cannot_write "$share"
  }

  # True if the receipt has checksum $1 for file $2, or for the copy that has become it.
  vouches() { grep -qxF -e "file $1 $2" -e "file $1 $2.new" "$receipt"; }

  # Prints the receipt with one checksum for the program and one for the version before. A file that it
  # does not vouch for keeps the lines that tell it apart; all else stays as it is.
  settled_receipt() {
    printed=
    while IFS= read -r line; do
      case $line in
        'version '*)
          # Written before its program is there: only the program knows which one it is.
          says=$("$program" --version 2>/dev/null </dev/null) || says=
          [ -z "$says" ] || line="version ${says#rxdx-setup }"
          ;;
        "file "*" $program" | "file "*" $share/previous" | "file "*" $copy")
          about=${line#file * } is=
          [ "$about" != "$copy" ] || about=$share/previous
          [ -f "$about" ] || continue
          is=$(sha256_of "$about")
          if vouches "$is" "$about"; then
            line="file $is $about"
          elif [ "${line% "$copy"}" != "$line" ]; then
            continue
          fi
          case $printed in *"<$line>"*) continue ;; esac
          printed="$printed<$line>"
          ;;
      esac
      printf '%s\n' "$line" || return 1
    done <"$receipt"
  }

  # Puts `built` into place as a whole: a run that is cut off leaves the old program or the new one.
  # What was there before is kept beside the receipt, for `rxdx-setup self-update --rollback`.
  place() {
    sum=$(sha256_of "$built") same=no
    if [ -f "$program" ] && [ -f "$receipt" ] && [ "$(sha256_of "$program")" = "$sum" ]; then
      same=yes
      [ -n "$mended" ] || ! is_settled || ! has_origin || ! has_shell_files || return 0
    fi
    make_stage
    pending=$stage/rxdx-setup
    if [ "$built" != "$pending" ]; then
      cp "$built" "$pending" 2>/dev/null || cannot_write "$prefix/bin"
      chmod 755 "$pending"
    fi
    said=$("$pending" --version) ||
      fail 5 'The program does not start here, so it was not installed.' 'The lines above say why.'
    version=${said#rxdx-setup }
    [ "$same" = yes ] || warn_of_downgrade
    make_shell_files
    if [ "$same" = yes ]; then
      placed=yes
      write_receipt "$sum"
      place_shell_files
      write_receipt "$sum"
      say "$version was there already; its receipt and completions are up to date again."
      return 0
    fi
    old=
    if [ -f "$program" ]; then
      old=$(sha256_of "$program")
      rm -f "$share/previous.new"
      cp -p "$program" "$share/previous.new" 2>/dev/null || cannot_write "$share"
    fi
    sync "$pending" 2>/dev/null || sync
    # The receipt comes first: a program that is there is always in it, the old one and the new one.
    write_receipt "$sum" "$old"
    mv -f "$pending" "$program"
    placed=yes
    [ -z "$by_hand" ] || say "The program there had no receipt, as a copy by hand has none; it is taken over."
    place_shell_files
    [ -z "$old" ] || mv -f "$share/previous.new" "$share/previous"
    write_receipt "$sum"
    say "Installed $program ($version)"
  }

  # --- completions and the manual page: a help, never a reason for an install to fail ------------------

  # True where each of them is there, be it from somebody else.
  has_shell_files() {
    while read -r path _; do
      [ -e "$prefix/$path" ] || [ -L "$prefix/$path" ] || return 1
    done <<TEXT
$SHELL_FILES
TEXT
  }

  # True if file $1 is one of them, wherever the prefix is.
  is_shell_file() {
    while read -r path _; do
      case $1 in */"$path") return 0 ;; esac
    done <<TEXT
$SHELL_FILES
TEXT
    return 1
  }

  # Has the new program print them into the stage: those that can have their place.
  make_shell_files() {
    missed=
    mkdir "$stage/shell" 2>/dev/null || missed=' any'
    while read -r path what; do
      at=$prefix/$path new=$stage/shell/${path##*/}
      # shellcheck disable=SC2086 # a command and its argument
      if ! "$pending" $what >"$new" 2>/dev/null </dev/null || [ ! -s "$new" ] ||
        ! make_directory "${at%/*}" || [ ! -w "${at%/*}" ]; then
        rm -f "$new"
        missed="$missed $at"
      elif { [ -e "$at" ] || [ -L "$at" ]; } && ! is_ours "$at" "$new"; then
        rm -f "$new"
        say "$at is not from here, or was changed; it is left as it is."
      fi
    done <<TEXT
$SHELL_FILES
TEXT
    [ -z "$missed" ] || say "Could not be written, the program works without:$missed"
  }

  # True if file $1 is as an install has left it, or equals file $2.
  is_ours() {
    [ -f "$1" ] && [ ! -L "$1" ] || return 1
    is=$(sha256_of "$1")
    [ "$is" = "$(sha256_of "$2")" ] || { [ -f "$receipt" ] && grep -qxF "file $is $1" "$receipt"; }
  }

  place_shell_files() {
    while read -r path _; do
      new=$stage/shell/${path##*/}
      [ ! -f "$new" ] || mv -f "$new" "$prefix/$path" 2>/dev/null || {
        rm -f "$new"
        say "$prefix/$path could not be written; the program works without."
      }
    done <<TEXT
$SHELL_FILES
TEXT
  }

  # Prints their lines of the receipt: what is about to be there, and what is there and ours. One that
  # was changed keeps its old line, by which --uninstall sees that.
  shell_file_lines() {
    while read -r path _; do
      at=$prefix/$path new=$stage/shell/${path##*/}
      [ ! -f "$new" ] || printf 'file %s %s\n' "$(sha256_of "$new")" "$at"
      if [ ! -f "$at" ] || [ ! -f "$receipt" ]; then continue; fi
      line="file $(sha256_of "$at") $at"
      if grep -qxF "$line" "$receipt"; then
        printf '%s\n' "$line"
      else
        while read -r kind was name; do
          [ "$kind $name" != "file $at" ] || printf '%s\n' "$kind $was $name"
        done <"$receipt"
      fi
    done <<TEXT
$SHELL_FILES
TEXT
  }

  # Writes the receipt for a program with checksum $1, and while it is replaced that of the one before, $2.
  write_receipt() {
    kept_of='' origin=$(origin_lines)
    [ ! -f "$receipt" ] || kept_of=$(grep -E '^(directory|package|state) ' "$receipt" || true)
    {
      printf '%s\n' '# What install.sh created; install.sh --uninstall removes it.' \
        "version $version" "door $door"
      [ -z "$origin" ] || printf '%s\n' "$origin"
      printf 'file %s %s\n' "$1" "$program"
      [ -z "${2:-}" ] || printf 'file %s %s\n' "$2" "$program"
      for each in previous previous.new; do
        [ ! -f "$share/$each" ] || printf 'file %s %s\n' "$(sha256_of "$share/$each")" "$share/$each"
      done
      shell_file_lines
      # What an earlier run created stays noted. The deepest come first.
      printf '%s\n' "$kept_of" "$created" "state $share/.rxdx" | sed '/^$/d' | LC_ALL=C sort -ru
      for each in $installed_packages; do printf 'package %s\n' "$each"; done
    } >"$stage/receipt" || cannot_write "$share"
    mv -f "$stage/receipt" "$receipt" || cannot_write "$share"
    early=
  }

  path_hint() {
    case :$PATH: in
      *":$prefix/bin:"* | *":$spelled/bin:"*) ;;
      *) say "$spelled/bin is not on your PATH. Add this to ~/.profile: export PATH=\"$spelled/bin:\$PATH\"" ;;
    esac
  }

  uninstall() {
    [ -f "$receipt" ] ||
      fail 4 "Nothing is installed in $prefix (no $receipt)." 'Name the place: --prefix DIR --uninstall'
    for each in "$share" "$prefix/bin"; do
      [ -w "$each" ] || unwritable "$each"
    done
    sha256_of /dev/null >/dev/null
    take_lock
    noted=$(cat "$receipt") changed=
    files=$(printf '%s\n' "$noted" | sed -n 's/^file [0-9a-f]* //p' | LC_ALL=C sort -u)
    while read -r name; do
      is_shell_file "$name" || is_as_noted "$name" || changed="$changed $(quoted "$name")"
    done <<TEXT
$files
TEXT
    [ -z "$changed" ] ||
      fail 5 "Nothing was removed, for this was changed since it was installed:$changed" \
        "If you do not want it, remove it, then run this again: rm$changed"
    while read -r name; do
      if [ ! -f "$name" ]; then
        :
      elif is_as_noted "$name"; then
        remove_cache "$name"
        rm -f "$name" 2>/dev/null ||
          fail 5 "$name cannot be removed." 'Look at the rights of its directory, then run this again.'
        say "Removed $name"
      else
        say "$name was changed since it was installed; it is left."
      fi
    done <<TEXT
$files
TEXT
    printf '%s\n' "$noted" | sed -n 's/^package //p' | while read -r name; do
      say "Still installed, in case you need it: $name (apt-get remove $name)"
    done
    sweep_stages
    # A copy that was cut off is in no receipt.
    rm -rf "$share/.rxdx" "$share/previous.new"
    directories=$(printf '%s\n' "$noted" | sed -n 's/^directory //p')
    rm -f "$receipt"
    # Those that something else has been put into stay.
    printf '%s\n' "$directories" | while read -r name; do
      [ -z "$name" ] || rmdir "$name" 2>/dev/null || true
    done
    say 'A stack that it set up was not touched.'
  }

  # True unless file $1 is another than `noted` says; while a program is replaced it has two checksums, and
  # the version before is noted by the name that its copy has first.
  is_as_noted() {
    [ -f "$1" ] || return 0
    is=$(sha256_of "$1")
    printf '%s\n' "$noted" | grep -qxF -e "file $is $1" -e "file $is $1.new"
  }

  # True if a process runs file $1. `-ef` is in dash, bash, busybox, mksh and yash alike.
  # shellcheck disable=SC3013
  is_running() {
    for process in /proc/[0-9]*; do
      [ ! "$process/exe" -ef "$1" ] || return 0
    done
    return 1
  }

  # Removes what program $1 unpacked for this user; another install may have a cache beside it.
  remove_cache() {
    id=$(sed -n "40q;s/^id='\\([0-9A-Za-z.+-]*\\)'\$/\\1/p" "$1" 2>/dev/null) || id=
    [ -n "$id" ] || return 0
    if is_root; then
      set -- /var/cache/rxdx-setup /var/lib/rxdx-setup
    else
      set --
    fi
    for each in "$@" "${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/rxdx-setup"; do
      if is_running "$each/$id/deno"; then
        say "$each/$id is left: a program runs from it, of this install or another."
      elif [ -d "$each/$id" ] && [ ! -L "$each" ] && [ -w "$each" ]; then
        # Taken away as a whole: what starts meanwhile finds all of it, or nothing and unpacks anew.
        mv "$each/$id" "$each/.new.$$"
        rm -rf "${each:?}/.new.$$"
        rmdir "$each" 2>/dev/null || true
        say "Removed $each/$id"
      fi
    done
  }

  # --- main -----------------------------------------------------------------------------------------

  value() { [ $# -ge 2 ] || fail 2 "$1 needs a value." 'See: sh install.sh --help'; }

  main() {
    demo=no yes=no init=yes engine=yes action=install
    prefix='' dir='' bundle='' key='' version=${RXDX_VERSION:-}
    scratch='' stage='' created='' placed='' warned='' unnamed='' early='' by_hand='' mended=''
    installed_packages='' door=checkout source='' given_keys=''
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
        --bundle)
          value "$@"
          bundle=$2
          shift
          ;;
        --key)
          value "$@"
          key=$2
          shift
          ;;
        --prefix=*) prefix=${1#*=} ;;
        --dir=*) dir=${1#*=} ;;
        --version=*) version=${1#*=} ;;
        --bundle=*) bundle=${1#*=} ;;
        --key=*) key=${1#*=} ;;
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
    find_prefix
    program=$prefix/bin/rxdx-setup share=$prefix/share/rxdx-setup
    receipt=$share/receipt
    umask 022
    spread_proxies
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' HUP TERM
    if [ "$action" = uninstall ]; then
      uninstall
      return 0
    fi

    if [ -n "$bundle" ]; then check_bundle; elif [ -n "$key" ]; then
      fail 2 '--key says whose a bundle must be.' 'Give --bundle FILE too; for a mirror set RXDX_RELEASE_KEY.'
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
        here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
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
    if [ "$door" = bundle ]; then
      fetch_bundle
    elif [ -n "$checkout" ] && [ -z "${RXDX_BASE_URL:-}" ]; then
      [ -z "$version" ] || fail 2 '--version picks a release to download; this is a checkout.' \
        'Leave it out to build what is checked out.'
      build
    else
      door=download
      fetch_release
    fi
    place
    path_hint
    hand_over
  }

  # Makes `prefix` the place itself, without links, as the program will see it when it looks where it lies:
  # the receipt names it so. Leaves in `spelled` how a person calls it, for PATH.
  find_prefix() {
    case $prefix in /*) ;; *) prefix=$PWD/$prefix ;; esac
    while [ "$prefix" != "${prefix%/}" ]; do prefix=${prefix%/}; done
    spelled=$prefix rest=
    # What is not there yet will be made: no links are in it.
    while [ -n "$prefix" ] && [ ! -d "$prefix" ]; do
      case ${prefix##*/} in
        '' | .) ;;
        ..) fail 2 "$spelled leads through a directory that is not there." 'Name the place itself: --prefix DIR' ;;
        *) rest=/${prefix##*/}$rest ;;
      esac
      prefix=${prefix%/*}
    done
    # One that may not be entered stays as it is called.
    prefix=$(CDPATH='' cd -P -- "${prefix:-/}" 2>/dev/null && pwd -P) || prefix=${spelled%"$rest"}
    while [ "$prefix" != "${prefix%/}" ]; do prefix=${prefix%/}; done
    prefix=$prefix$rest
    case $spelled/ in *//* | */./* | */../*) spelled=$prefix ;; esac
  }

  # What can be said of --bundle before anything is done; its paths become absolute.
  check_bundle() {
    door=bundle
    if [ ! -f "$bundle" ] || [ ! -r "$bundle" ]; then
      fail 2 "There is no file $bundle that can be read." 'A bundle is made by: rxdx-setup bundle create'
    fi
    [ -z "$version" ] || fail 2 '--version picks a release to download; a bundle has its own program.' \
      'Leave one of them out.'
    [ "$demo" = no ] || fail 2 '--demo builds its images here; a bundle brings them along.' \
      'Leave one of them out; --yes takes every default.'
    case $bundle in /*) ;; *) bundle=$PWD/$bundle ;; esac
    case $key in /* | '') ;; *) [ ! -f "$key" ] || key=$PWD/$key ;; esac
  }

  # A user without root cannot install Docker; sudo can. Where it may not be had, `init` says what to do.
  # What comes next is `$program $@`.
  offer_engine() {
    [ "$engine" = yes ] && ! is_root && ! have docker && have sudo || return 0
    # Without a terminal sudo must not ask for a password.
    ask=-n
    ! has_terminal || ask=
    confirm "Docker is missing. Install it with sudo ($program engine)?" || return 0
    # By name: what a proxy's address says of a login must not stand on a command line.
    # shellcheck disable=SC2086 # no option, or one
    sudo $ask \
      --preserve-env=http_proxy,https_proxy,no_proxy,all_proxy,HTTP_PROXY,HTTPS_PROXY,NO_PROXY,ALL_PROXY \
      "$program" engine --yes >&2 || {
      say 'Docker was not installed.'
      return 0
    }
    ! have docker || docker ps >/dev/null 2>&1 </dev/null || need_group "$@"
  }

  # Ends with exit 4 and what to do so that this user may use Docker. Who may is as good as root: nobody is
  # let in unasked, and no login that is under way has a new group.
  need_group() {
    user=$(id -un)
    say "Docker is installed, but $user may not use it yet: that takes the group docker, which is as good as root."
    fail 4 'If that is as it should be: join it, log in anew (or: newgrp docker), and go on:' \
      "sudo usermod -aG docker $(quoted "$user")
 $(words "$program" "$@")"
  }

  # Prints a command line that a shell reads back, each word after a blank.
  words() { for each in "$@"; do printf ' %s' "$(quoted "$each")"; done; }

  # True if there is a stack where the program will look for one; not so where its `init` was killed.
  has_stack() {
    default=/opt/rxdx
    is_root || default=${HOME:-}/rxdx
    [ -f "${dir:-${RXDX_DIR:-$default}}/.rxdx/receipt.json" ]
  }

  # Becomes the wizard; only where there is no stack yet that a bundle would bring a newer version to: when
  # people are without it is for its operator to say.
  hand_over() {
    clean_up
    trap - EXIT
    exec 9>&-
    next=init
    if [ -n "$bundle" ] && has_stack; then
      next=upgrade init=no yes=no
      say 'There is a stack here already; it was not touched.'
    fi
    set -- "$next"
    [ "$demo" = no ] || set -- "$@" --demo
    [ "$yes" = no ] || set -- "$@" --yes
    [ "$engine" = yes ] || [ "$next" != init ] || set -- "$@" --no-engine
    [ -z "$dir" ] || set -- "$@" --dir "$dir"
    [ -z "$bundle" ] || set -- "$@" --bundle "$bundle"
    [ -z "$key" ] || set -- "$@" --key "$key"
    if [ "$init" = no ]; then
      say "Next:$(words "$program" "$@")"
      return 0
    fi
    offer_engine "$@"
    if [ ! -t 0 ] && (: </dev/tty) 2>/dev/null; then
      exec "$program" "$@" </dev/tty
    fi
    exec "$program" "$@"
  }

  main "$@"
}
