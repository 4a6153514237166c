/** The scripts that make shells complete `coprhd`. All they do is to ask `coprhd __complete`, so they never grow old. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

const BASH = `# coprhd completion for bash: source <(coprhd completion bash)
_coprhd() {
  local current="\${COMP_WORDS[COMP_CWORD]}" line
  local words=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  COMPREPLY=()
  # bash cuts words at "=": what stands before it stays on the line.
  [ "$current" = "=" ] && current=""
  while IFS= read -r line; do
    if [ "$line" = ":files" ]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$current")
      return
    fi
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <("\${COMP_WORDS[0]}" __complete "\${words[@]}" 2>/dev/null)
}
complete -F _coprhd coprhd
`;

const ZSH = `#compdef coprhd
# coprhd completion for zsh: source <(coprhd completion zsh)
_coprhd() {
  local line value what
  local -a values
  for line in "\${(@f)$("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    if [[ "$line" == ":files" ]]; then
      _files
      return
    fi
    [[ -z "$line" ]] && continue
    value="\${line%%$'\\t'*}"
    what="\${line#*$'\\t'}"
    value="\${value//:/\\\\:}"
    [[ "$line" == *$'\\t'* ]] && value="$value:$what"
    values+=("$value")
  done
  (( \${#values} )) && _describe coprhd values
}
compdef _coprhd coprhd
`;

const FISH = `# coprhd completion for fish: coprhd completion fish | source
function __coprhd_complete
  set -l words (commandline -opc) (commandline -ct)
  for line in ($words[1] __complete $words[2..-1] 2>/dev/null)
    if test "$line" = ":files"
      __fish_complete_path (commandline -ct)
    else
      echo $line
    end
  end
end
complete -c coprhd -f -a '(__coprhd_complete)'
`;

export const COMPLETION_SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
