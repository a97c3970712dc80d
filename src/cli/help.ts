import { type Flag, flagsOf } from '../config/flags.ts'
import { commonOptions, exitStatuses, type Verb } from './verb.ts'

/** The overview: every verb with its summary, and the exit statuses. */
export function overviewText(verbs: Readonly<Record<string, Verb>>, columns: number): string {
  const rows = Object.values(verbs).map((verb) => [verb.name, verb.summary] as const)
  const statuses = Object.entries(exitStatuses).map(([status, meaning]) => [status, meaning] as const)
  return [
    'millrace: score live streams with models that change while they run',
    '',
    'Usage: millrace <verb> [arguments] [options]',
    '',
    'Verbs:',
    ...twoColumns(rows, columns),
    '',
    'Options of every verb:',
    ...twoColumns(flagsOf(commonOptions).map(flagRow), columns),
    '',
    'Exit status:',
    ...twoColumns(statuses, columns),
    '',
    'millrace help <verb> tells more; millrace --version prints the version.',
  ].join('\n')
}

/** What one verb does: form, arguments, options, examples. */
export function verbText(verb: Verb, columns: number): string {
  const section = (title: string, lines: readonly string[]) => (lines.length === 0 ? [] : ['', title, ...lines])
  const operands = verb.operands.map((operand) => [`<${operand.name}>`, operand.summary] as const)
  return [
    `millrace ${verb.name}: ${lowerFirst(verb.summary)}`,
    '',
    `Usage: ${verb.usage}`,
    ...section('Arguments:', twoColumns(operands, columns)),
    ...section('Options:', twoColumns(flagsOf(verb.options).map(flagRow), columns)),
    ...section('Options of every verb:', twoColumns(flagsOf(commonOptions).map(flagRow), columns)),
    ...(verb.description === '' ? [] : ['', ...wrapped(verb.description, columns)]),
    ...section(
      'Examples:',
      verb.examples.flatMap(({ command, summary }) => [`  # ${summary}`, `  ${command}`]),
    ),
  ].join('\n')
}

/** The spelling of a flag in help: `--max <records>`, `--[no-]follow`. */
export function flagText(flag: Flag): string {
  const { form } = flag
  if (form.kind === 'boolean') return flag.default === 'true' ? `--[no-]${flag.name}` : `--${flag.name}`
  const word = form.kind === 'choice' ? form.words.join('|') : (flag.unit ?? wordOf(form.kind)).replaceAll(' ', '-')
  return `--${flag.name} <${word}>${flag.isRepeatable ? '…' : ''}`
}

function flagRow(flag: Flag): readonly [string, string] {
  const facts = [
    flag.isRequired ? 'required' : '',
    defaultText(flag),
    flag.isRepeatable ? 'may be repeated' : '',
  ].filter((fact) => fact !== '')
  return [flagText(flag), facts.length === 0 ? flag.summary : `${flag.summary} (${facts.join(', ')})`]
}

/** `default: 10`, where saying it helps: off, empty and none need not be said. */
function defaultText({ form, default: value }: Flag): string {
  if (form.kind === 'boolean') return value === 'true' ? 'default: on' : ''
  return value === null || value === '' || value === '{}' || value === '[]' ? '' : `default: ${value}`
}

function wordOf(kind: Flag['form']['kind']): string {
  switch (kind) {
    case 'integer':
    case 'decimal':
      return 'number'
    case 'json':
    case 'tagged':
    case 'group':
      return 'json'
    case 'map':
      return 'name=value'
    default:
      return 'text'
  }
}

/** Rows of a name and its explanation, the explanations aligned and wrapped. */
function twoColumns(rows: readonly (readonly [string, string])[], columns: number): string[] {
  const width = Math.min(34, Math.max(...rows.map(([name]) => name.length), 0)) + 4
  return rows.flatMap(([name, summary]) => {
    const [first = '', ...more] = wrapped(summary, Math.max(30, columns - width))
    const start = `  ${name}`
    const head = start.length + 2 > width ? [start, `${' '.repeat(width)}${first}`] : [start.padEnd(width) + first]
    return [...head, ...more.map((line) => `${' '.repeat(width)}${line}`)]
  })
}

/** Text in lines of at most `columns` characters, where its words allow it; its own line breaks stay. */
export function wrapped(text: string, columns: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = []
    let line = ''
    for (const word of paragraph.split(' ')) {
      if (line !== '' && line.length + 1 + word.length > columns) {
        lines.push(line)
        line = word
      } else line = line === '' ? word : `${line} ${word}`
    }
    return [...lines, line]
  })
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text
}
