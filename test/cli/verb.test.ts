import { expect, test } from 'vitest'
import { verbText } from '../../src/cli/help.ts'
import { defineVerb } from '../../src/cli/verb.ts'
import { verbs } from '../../src/cli/verbs.ts'
import { boolean, text } from '../../src/config/option.ts'

const run = async () => 0

test('the form of a verb shows which arguments may be left out and which repeated', () => {
  const operands = [
    { name: 'file', summary: 'A file' },
    { name: 'more', summary: 'Others', isOptional: true, isRepeated: true },
  ] as const
  expect(defineVerb({ name: 'a b', summary: 'Try', operands, options: {}, examples: [], run }).usage).toBe(
    'millrace a b <file> [<more>…] [options]',
  )
})

test.each(Object.entries(verbs))(
  '%s is complete: a summary, examples that begin with a form of it, help',
  (name, verb) => {
    expect(verb.name).toBe(name)
    expect(verb.summary).toMatch(/^[A-Z].*[^.]$/s)
    expect(verb.examples.length).toBeGreaterThan(0)
    for (const { command } of verb.examples) expect(command).toContain(`millrace ${name}`)
    const help = verbText(verb, 80)
    for (const flag of Object.keys(verb.options))
      expect(help).toContain(verb.options[flag]?.facets.summary.split(' ')[0])
  },
)

test('no option of a verb has the name of one that every verb has', () => {
  for (const { options } of Object.values(verbs)) {
    for (const name of ['json', 'quiet', 'color', 'help']) expect(Object.keys(options)).not.toContain(name)
  }
})

test('help shows required options, defaults and negations, within the width', () => {
  const options = {
    topic: text({ summary: 'Where to' }),
    file: text({ summary: `From where, ${'a long story '.repeat(10)}`, default: 'in.txt' }),
    follow: boolean({ summary: 'Wait', default: true }),
  }
  const help = verbText(defineVerb({ name: 'x', summary: 'Try', options, examples: [], run }), 80)
  expect(help).toMatch(/--topic <text>\s+Where to \(required\)/)
  expect(help).toMatch(/\(default: in\.txt\)/)
  expect(help).toMatch(/--\[no-\]follow\s+Wait \(default: on\)/)
  for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
})
