#!/usr/bin/env bash
# bash completion for rxdx-setup. Made by: rxdx-setup completions bash
#
# Asks the program at every Tab. bash splits words at `=` and `:` as well: what has no blank between is put
# together again, and what readline will keep of the word is taken off the proposals.

_rxdx_setup() {
  local rest=${COMP_LINE:0:COMP_POINT} program=${COMP_WORDS[0]/#\~\//$HOME/}
  local blank raw current kept='' answer line directives='' i
  local -a words=()
  COMPREPLY=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    blank=${rest%%[![:space:]]*}
    rest=${rest#"$blank"}
    raw=${COMP_WORDS[i]}
    if ((i == COMP_CWORD)); then raw=$rest; fi
    rest=${rest#"$raw"}
    raw=${raw//[\"\'\\]/}
    if ((i > 0)) && [[ -z $blank ]]; then
      words[${#words[@]} - 1]+=$raw
    else
      words+=("$raw")
    fi
  done
  current=${words[${#words[@]} - 1]}
  if [[ $COMP_WORDBREAKS == *=* && $current == *=* ]]; then kept=${current%=*}=; fi
  answer=$("$program" __complete -- "${words[@]:1}" 2>/dev/null </dev/null) || return 0
  while IFS= read -r line; do
    case $line in
      :*) directives=$line ;;
      ?*)
        line=${line%%$'\t'*}
        COMPREPLY+=("${line#"$kept"}")
        ;;
    esac
  done <<<"$answer"
  case $directives in
    *f*) compopt -o default 2>/dev/null ;;
    *d*) compopt -o dirnames 2>/dev/null ;;
  esac
  case $directives in
    *s*) compopt -o nospace 2>/dev/null ;;
  esac
  return 0
}

complete -F _rxdx_setup rxdx-setup
