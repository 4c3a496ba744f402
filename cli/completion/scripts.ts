// The scripts that a shell runs to complete, and what they are answered. Pure.
import type { Candidates } from './candidates.ts';

/** The shells that there are scripts for. */
export const SHELLS = ['bash', 'zsh'] as const;

/** One of {@link SHELLS}. */
export type Shell = (typeof SHELLS)[number];

/** Says that file names may come next. No candidate begins so. */
const FILES = ':files';

/** What a shell's start-up file is to run. Words go to the command one by one and are never evaluated. */
export const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# Completion of camunda-unassign for bash: eval "$(camunda-unassign completion bash)"
_camunda_unassign() {
  local reply
  COMPREPLY=()
  reply=$(camunda-unassign complete bash -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null) || return 0
  local IFS=$'\\n'
  if [[ $reply == ${FILES} ]]; then
    # bash 3 has no compopt.
    compopt -o default 2>/dev/null || COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
  else
    COMPREPLY=($reply)
  fi
}
complete -F _camunda_unassign camunda-unassign
`,
  zsh: `# Completion of camunda-unassign for zsh, after compinit: eval "$(camunda-unassign completion zsh)"
_camunda_unassign() {
  local -a reply
  reply=("\${(@f)$(camunda-unassign complete zsh -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  [[ $words[CURRENT] == --*=* ]] && compset -P 1 '*='
  if [[ $reply[1] == ${FILES} ]]; then
    _files
  elif [[ -n $reply[1] ]]; then
    _describe camunda-unassign reply
  fi
}
compdef _camunda_unassign camunda-unassign
`,
};

/** What a script is answered: a line a candidate; zsh shows descriptions beside them, behind a colon. */
export function replyText(shell: Shell, candidates: Candidates): string {
  if (candidates.files) return `${FILES}\n`;
  const lines = candidates.found.map(({ name, description }) =>
    shell === 'zsh' && description !== '' ? `${name.replaceAll(':', '\\:')}:${description}` : name,
  );
  return lines.map((line) => `${line}\n`).join('');
}
