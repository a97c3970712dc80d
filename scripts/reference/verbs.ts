import { flagsOf } from '../../src/config/flags.ts'
import type { OptionTable } from '../../src/config/option.ts'
import { asSentence, code, heading, markdownTable } from './markdown.ts'

/** What the page needs of a verb; `src/cli/verb.ts` declares more. */
export interface Verb {
  readonly name: string
  readonly summary: string
  readonly description: string
  readonly usage: string
  readonly operands: readonly { readonly name: string; readonly summary: string }[]
  readonly options: OptionTable
  readonly examples: readonly { readonly command: string; readonly summary: string }[]
}

/** Page of the command line, one section per verb. */
export function verbPage(verbs: readonly Verb[]): string {
  return [heading('Command line'), ...[...verbs].sort((a, b) => (a.name < b.name ? -1 : 1)).map(verbSection)].join('\n')
}

function verbSection({ name, summary, description, usage, operands, options, examples }: Verb): string {
  const flags = flagsOf(options).map((flag) => [
    code(`--${flag.name}`),
    `${flag.type}${flag.unit === null ? '' : ` (${flag.unit})`}${flag.isRepeatable ? ', repeatable' : ''}`,
    flag.default !== null ? code(flag.default) : flag.isRequired ? '**required**' : '–',
    asSentence(flag.summary),
  ])
  const parts = [`## ${name}`, asSentence(summary), `\`\`\`text\n${usage}\n\`\`\``]
  if (description !== '') parts.push(description)
  if (operands.length > 0)
    parts.push(operands.map((operand) => `- ${code(operand.name)}: ${asSentence(operand.summary)}`).join('\n'))
  if (flags.length > 0) parts.push(markdownTable(['Flag', 'Type', 'Default', 'Meaning'], flags))
  if (examples.length > 0) {
    const lines = examples.flatMap((example) => [`# ${example.summary}`, example.command])
    parts.push(`\`\`\`sh\n${lines.join('\n')}\n\`\`\``)
  }
  return `${parts.join('\n\n')}\n`
}
