#!/bin/sh
# Checks every shell file of the repository: shellcheck for faults, shfmt for form (two spaces,
# indented case branches: -i 2 -ci). Part of `deno task ok`. A tool that is not installed is named
# and skipped, with exit code 0; any finding is exit code 1.
set -eu

cd "$(dirname "$0")/.."

# By name or by first line, so that an entrypoint without a suffix is found as well. Pruned are
# directories that hold no source of ours.
shell_files() {
  find . \( -name .git -o -name dist -o -name .tools -o -name node_modules -o -path ./tests/golden \) \
    -prune -o -type f -print |
    LC_ALL=C sort |
    while IFS= read -r file; do
      case $file in
        *.sh | *.bash) printf '%s\n' "$file" ;;
        *.*) ;;
        *)
          read -r first <"$file" || true
          case ${first:-} in
            '#!'*[/\ ]sh | '#!'*[/\ ]bash | '#!'*[/\ ]sh\ * | '#!'*[/\ ]dash) printf '%s\n' "$file" ;;
          esac
          first=
          ;;
      esac
    done
}

main() {
  files=$(shell_files)
  count=$(printf '%s\n' "$files" | grep -c .)
  status=0
  for tool in shellcheck shfmt; do
    if ! command -v "$tool" >/dev/null 2>&1; then
      printf 'shell: SKIPPED %s, it is not installed (apt-get install %s)\n' "$tool" "$tool" >&2
      continue
    fi
    # The names are ours: no spaces in them.
    # shellcheck disable=SC2086
    case $tool in
      shellcheck) shellcheck --external-sources $files || status=1 ;;
      shfmt) shfmt -i 2 -ci -d $files || status=1 ;;
    esac
    printf 'shell: %s on %s files\n' "$tool" "$count"
  done
  return "$status"
}

main "$@"
