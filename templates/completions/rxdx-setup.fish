# fish completion for rxdx-setup. Made by: rxdx-setup completions fish

function __rxdx_setup_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    set -e words[1]
    set -l answer (command $program __complete -- $words "$current" 2>/dev/null </dev/null)
    switch "$answer[1]"
        case ':*f*'
            __fish_complete_path "$current"
        case ':*d*'
            __fish_complete_directories "$current" ''
        case ':*'
            set -e answer[1]
            printf '%s\n' $answer
    end
end

complete -c rxdx-setup -f -a '(__rxdx_setup_complete)'
