import { type Component, type Kind, kinds } from '../../src/config/component.ts'
import { jsonSchemaOf } from '../../src/config/option.ts'
import type { Registry } from '../../src/config/registry.ts'
import type { Guarantee } from '../../src/core/guarantee.ts'
import { asSentence, code, heading, markdownTable } from './markdown.ts'
import { optionsSection } from './options.ts'

const titles: Readonly<Record<Kind, string>> = {
  transport: 'Transports',
  envelope: 'Envelopes',
  encoding: 'Encodings',
  format: 'Model formats',
  state: 'State stores',
}

/** First page of the reference: everything registered, by kind. */
export function componentIndex(registry: Registry, hasVerbs: boolean): string {
  const sections = kinds.flatMap((kind) => {
    const rows = registry
      .list(kind)
      .map((component) => [
        `[${component.name}](components/${kind}-${component.name}.md)`,
        asSentence(component.summary),
        component.guarantee?.level ?? '',
        component.stability,
      ])
    return rows.length === 0
      ? []
      : [`## ${titles[kind]}\n\n${markdownTable(['Name', 'What it is', 'Guarantee', 'Stability'], rows)}\n`]
  })
  const others = [
    '- [Errors](errors.md)',
    '- [Telemetry events](telemetry.md)',
    '- [PMML: what is supported](pmml.md)',
    '- [Operators of TensorFlow](tensorflow.md)',
  ]
  if (hasVerbs) others.push('- [Command line](command-line.md)')
  return [heading('Reference'), ...sections, `## Also\n\n${others.join('\n')}\n`].join('\n')
}

/** Page of one component. */
export function componentPage(component: Component): string {
  const { kind, name, summary, stability, since, guarantee, options } = component
  const facts = [`- Kind: ${kind}`, `- Stability: ${stability}`, `- Since: ${since}`, ...traitsOf(component)]
  if (guarantee) facts.push(`- Guarantee: **${guarantee.level}**. ${asSentence(guarantee.condition)}`)
  facts.push(`- JSON Schema of the options: [${kind}-${name}.json](../schemas/${kind}-${name}.json)`)
  return [
    heading(`${name} (${kind})`),
    `${asSentence(summary)}\n`,
    `${facts.join('\n')}\n`,
    optionsSection(options),
  ].join('\n')
}

/** JSON Schema of a component's options. */
export function componentSchema({ name, kind, options }: Component): string {
  return `${JSON.stringify({ title: `${name} (${kind})`, ...jsonSchemaOf(options) }, null, 2)}\n`
}

/** What a kind of component states about itself besides the common facts: `isSelfDelimiting`, `extensions`. */
function traitsOf(component: Component): string[] {
  const common = ['kind', 'name', 'summary', 'stability', 'since', 'guarantee', 'options']
  return Object.entries(component)
    .filter(([name, value]) => !common.includes(name) && ['boolean', 'string', 'object'].includes(typeof value))
    .map(([name, value]) => `- ${code(name)}: ${traitText(value)}`)
    .sort()
}

/** A list as its items, a guarantee as level and condition, anything else as it is. */
function traitText(value: unknown): string {
  if (Array.isArray(value)) return code(value.join(', '))
  if (typeof value !== 'object' || value === null) return code(String(value))
  const { level, condition } = value as Partial<Guarantee>
  return level && condition ? `**${level}**. ${asSentence(condition)}` : code(JSON.stringify(value))
}
