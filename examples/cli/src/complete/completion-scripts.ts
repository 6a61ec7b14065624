/** Shells that can complete. */
export type Shell = 'bash' | 'zsh' | 'fish' | 'powershell';

const bash = `# bash completion of capstan
_capstan() {
  local IFS=$'\\n'
  COMPREPLY=($(capstan completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _capstan capstan
`;

const zsh = `#compdef capstan
_capstan() {
  local -a found
  found=("\${(@f)$(capstan completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "$found" ]]; then compadd -a found; else _files; fi
}
if [[ "$funcstack[1]" == _capstan ]]; then _capstan "$@"; else compdef _capstan capstan; fi
`;

const fish = `# fish completion of capstan
function __capstan_complete
  set -l words (commandline -opc)[2..-1] (commandline -ct)
  capstan completion words -- $words 2>/dev/null
end
complete -c capstan -a '(__capstan_complete)'
`;

const powershell = `# PowerShell completion of capstan
Register-ArgumentCompleter -Native -CommandName capstan -ScriptBlock {
  param($word, $ast, $cursor)
  $words = @($ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
  if ($word -eq '') { $words += '' }
  capstan completion words -- @words 2>$null | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
}
`;

/** The completion script of each shell. All of them ask the program itself, so they never go stale. */
export const scripts: Readonly<Record<Shell, string>> = { bash, zsh, fish, powershell };
