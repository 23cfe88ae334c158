/** The shells that completion is made for. */
export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const

export type Shell = (typeof SHELLS)[number]

/**
 * The scripts. A shell asks the program itself, by `p2pd complete -- WORDS`, so that contacts and new options need no new
 * script. Without candidates the shell offers files.
 */
export const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `_p2pd() {
  local word candidates
  word="\${COMP_WORDS[COMP_CWORD]}"
  candidates="$(p2pd complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f 1)"
  mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$word")
}
complete -o default -F _p2pd p2pd`,
  zsh: `#compdef p2pd
_p2pd() {
  local -a candidates
  local line
  for line in "\${(@f)$(p2pd complete -- "\${(@)words[2,$CURRENT]}" 2>/dev/null)}"; do
    [[ -n "$line" ]] && candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  if (( \${#candidates} )); then _describe p2pd candidates; else _files; fi
}
compdef _p2pd p2pd`,
  fish: `function __p2pd
  set -l words (commandline -opc) (commandline -ct)
  p2pd complete -- $words[2..-1] 2>/dev/null
end
complete -c p2pd -a '(__p2pd)'`,
  powershell: `Register-ArgumentCompleter -Native -CommandName p2pd -ScriptBlock {
  param($word, $ast, $position)
  $words = @($ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })
  if ($word -eq '') { $words += '""' }
  p2pd complete -- @words 2>$null | ForEach-Object {
    $name, $text = $_ -split "\`t", 2
    if ($name -like "$word*") { [System.Management.Automation.CompletionResult]::new($name, $name, 'ParameterValue', ($text, $name -ne '')[0]) }
  }
}`,
}
