import { flagsOf } from '../config/flags.ts'
import { optionsOf } from './arguments.ts'
import type { Verb } from './verb.ts'

/** Shells with a completion script. */
export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/** The script, made from the table of verbs: nothing is asked while the user types. */
export function completionScript(shell: Shell, verbs: readonly Verb[]): string {
  switch (shell) {
    case 'bash':
      return bashScript(verbs)
    case 'zsh':
      // zsh runs bash's scripts.
      return `autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n${bashScript(verbs)}`
    case 'fish':
      return fishScript(verbs)
    default:
      return shell satisfies never
  }
}

interface Words {
  readonly name: string
  readonly flags: readonly string[]
  /** Words that a flag takes, for flags of a closed set. */
  readonly choices: readonly (readonly [flag: string, words: readonly string[]])[]
}

function wordsOf(verb: Verb): Words {
  const flags = flagsOf(optionsOf(verb))
  const names = flags.map(({ form, name, default: value }) =>
    form.kind === 'boolean' && value === 'true' ? `--no-${name}` : `--${name}`,
  )
  const choices = flags.flatMap(({ form, name }) =>
    form.kind === 'choice' ? [[`--${name}`, form.words] as const] : [],
  )
  return { name: verb.name, flags: names, choices }
}

function firstWords(verbs: readonly Verb[]): string[] {
  return [...new Set(['help', ...verbs.map((verb) => verb.name.split(' ')[0] as string)])]
}

/** Second words by first word: `topic` is followed by `create` or `list`. */
function secondWords(verbs: readonly Verb[]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const verb of verbs) {
    const [first, second] = verb.name.split(' ') as [string, string | undefined]
    if (second) groups.set(first, [...(groups.get(first) ?? []), second])
  }
  return groups
}

function bashScript(verbs: readonly Verb[]): string {
  const words = verbs.map(wordsOf)
  const groups = [...secondWords(verbs)]
  const choices = words.flatMap(({ name, choices }) =>
    choices.map(([flag, values]) => `    '${name} ${flag}') _millrace_words='${values.join(' ')}'; return ;;`),
  )
  return `_millrace() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}"
  local verb="\${COMP_WORDS[1]}" _millrace_words=''
  _millrace_choose
  COMPREPLY=()
  if [ -n "$_millrace_words" ]; then COMPREPLY=($(compgen -W "$_millrace_words" -- "$cur")); fi
  if [ \${#COMPREPLY[@]} -eq 0 ] && [[ "$cur" != -* ]] && [ "$COMP_CWORD" -gt 1 ]; then COMPREPLY=($(compgen -f -- "$cur")); fi
}
_millrace_choose() {
  if [ "$COMP_CWORD" -eq 1 ]; then _millrace_words='${firstWords(verbs).join(' ')}'; return; fi
  if [ "$COMP_CWORD" -eq 2 ]; then case "$verb" in
    help) _millrace_words='${firstWords(verbs).join(' ')}'; return ;;
${groups.map(([first, seconds]) => `    ${first}) _millrace_words='${seconds.join(' ')}'; return ;;`).join('\n')}
  esac; fi
  case "$verb" in
${groups.map(([first]) => `    ${first}) verb="$verb \${COMP_WORDS[2]}" ;;`).join('\n')}
  esac
  case "$verb $prev" in
${choices.join('\n')}
  esac
  case "$cur" in -*) ;; *) return ;; esac
  case "$verb" in
${words.map(({ name, flags }) => `    '${name}') _millrace_words='${flags.join(' ')}' ;;`).join('\n')}
  esac
}
complete -o filenames -F _millrace millrace`
}

function fishScript(verbs: readonly Verb[]): string {
  const lines: string[] = []
  const groups = secondWords(verbs)
  const firsts = firstWords(verbs)
  const summaryOf = (name: string) => verbs.find((verb) => verb.name === name)?.summary ?? `Verbs about a ${name}`
  for (const first of firsts) {
    const summary = first === 'help' ? 'Print what a verb does' : summaryOf(first)
    lines.push(`complete -c millrace -n __fish_use_subcommand -a ${first} -d ${quoted(summary)}`)
  }
  for (const [first, seconds] of groups) {
    for (const second of seconds) {
      const condition = `__fish_seen_subcommand_from ${first}; and not __fish_seen_subcommand_from ${seconds.join(' ')}`
      lines.push(
        `complete -c millrace -n ${quoted(condition)} -a ${second} -d ${quoted(summaryOf(`${first} ${second}`))}`,
      )
    }
  }
  for (const verb of verbs) {
    const condition = verb.name
      .split(' ')
      .map((word) => `__fish_seen_subcommand_from ${word}`)
      .join('; and ')
    for (const flag of flagsOf(optionsOf(verb))) {
      const isOff = flag.form.kind === 'boolean' && flag.default === 'true'
      const takes = flag.form.kind === 'choice' ? ` -x -a ${quoted(flag.form.words.join(' '))}` : ''
      const value = flag.form.kind === 'boolean' ? '' : takes || ' -r'
      const name = isOff ? `no-${flag.name}` : flag.name
      lines.push(`complete -c millrace -n ${quoted(condition)} -l ${name}${value} -d ${quoted(flag.summary)}`)
    }
  }
  return lines.join('\n')
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
