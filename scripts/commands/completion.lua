-- plumb completion: prints what makes a shell ask plumb itself for candidates. The scripts know no command and no
-- flag, so they stay right when plumb changes.

local SCRIPTS = {}

SCRIPTS.bash = [=[
# Completion of plumb for bash. To have it in every shell, put into ~/.bashrc:
#   source <(plumb completion bash)

_plumb() {
  local line=${COMP_LINE:0:COMP_POINT}
  mapfile -t COMPREPLY < <(command "${1/#\~/$HOME}" __complete bash -- "$line" "$COMP_WORDBREAKS" 2>/dev/null)
  case ${COMPREPLY[0]-} in
    :files) COMPREPLY=(); compopt -o default ;;
    :folders) COMPREPLY=(); compopt -o dirnames ;;
    :nospace) COMPREPLY=("${COMPREPLY[@]:1}"); compopt -o nospace ;;
  esac
}
complete -F _plumb plumb
]=]

SCRIPTS.zsh = [=[
#compdef plumb
# Completion of plumb for zsh. To have it in every shell, put into ~/.zshrc, behind compinit:
#   source <(plumb completion zsh)

_plumb() {
  local -a found options
  local line
  for line in "${(@f)$(command ${(Q)~words[1]} __complete zsh -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      '') ;;
      :files) [[ $PREFIX == -*=* ]] && compset -P '*='; _files; return ;;
      :folders) [[ $PREFIX == -*=* ]] && compset -P '*='; _files -/; return ;;
      :nospace) options=(-S '') ;;
      *$'\t'*) found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
      *) found+=("${line//:/\\:}") ;;
    esac
  done
  (( $#found )) && _describe -V plumb found "${options[@]}"
}

if [[ ${funcstack[1]-} == _plumb ]]; then
  _plumb "$@"
else
  compdef _plumb plumb
fi
]=]

SCRIPTS.fish = [=[
# Completion of plumb for fish. To have it in every shell:
#   plumb completion fish > ~/.config/fish/completions/plumb.fish

function __plumb_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program $words[1]
    set -e words[1]
    set -l before (string match -r -- '^--[^=]*=' $current)
    for line in (command $program __complete fish -- $words "$current" 2>/dev/null)
        switch $line
            case ':files'
                set -l rest (string replace -- "$before" '' $current)
                string replace -r '^' -- "$before" (__fish_complete_path $rest)
            case ':folders'
                set -l rest (string replace -- "$before" '' $current)
                string replace -r '^' -- "$before" (__fish_complete_directories $rest)
            case ':*'
            case '*'
                printf '%s\n' $line
        end
    end
end

complete -c plumb -f -k -a '(__plumb_complete)'
]=]

return {
  name = "completion",
  group = "OPERATE",
  summary = "Print the script that completes plumb in bash, zsh or fish",
  description = "Tab then offers commands, flags and their values, profiles, Regions, operations and members for\n"
    .. "plumb call, and the workloads and items that the state knows. The shell asks plumb, which looks at\n"
    .. "its own tables and files and calls nobody.",
  examples = {
    { "plumb completion bash", "for ~/.bashrc: source <(plumb completion bash)" },
    { "plumb completion zsh", "for ~/.zshrc, behind compinit: source <(plumb completion zsh)" },
    { "plumb completion fish", "to be kept as ~/.config/fish/completions/plumb.fish" },
  },
  arguments = { { name = "SHELL", choices = { "bash", "zsh", "fish" }, help = "bash, zsh or fish" } },
  run = function(args, cli)
    cli.write(SCRIPTS[args.shell])
  end,
}
