#compdef rxdx-setup
# zsh completion for rxdx-setup. Made by: rxdx-setup completions zsh

_rxdx-setup() {
  local program=${${(Q)words[1]}/#\~\//$HOME/}
  local answer line directives text meaning
  local -a texts shown
  answer=$("$program" __complete -- "${(@Q)words[2,CURRENT]}" 2>/dev/null </dev/null) || return 1
  for line in "${(@f)answer}"; do
    case $line in
      :*) directives=$line ;;
      ?*)
        text=${line%%$'\t'*}
        meaning=${line#*$'\t'}
        texts+=("$text")
        shown+=("$text${meaning:+  -- $meaning}")
        ;;
    esac
  done
  case $directives in
    *f*) _files; return ;;
    *d*) _files -/; return ;;
  esac
  (($#texts)) || return 1
  if [[ $directives == *s* ]]; then
    compadd -S '' -l -d shown -a texts
  else
    compadd -l -d shown -a texts
  fi
}

# Loaded by its name from fpath it is called at once; read by `source` it registers itself.
if [[ $funcstack[1] == _rxdx-setup ]]; then
  _rxdx-setup "$@"
elif (($+functions[compdef])); then
  compdef _rxdx-setup rxdx-setup
fi
