import { describe, expect, it } from 'vitest'
import { registry } from '../src/components.ts'
import { kinds } from '../src/config/component.ts'
import { jsonSchemaOf, type Option, type OptionTable } from '../src/config/option.ts'

const components = kinds.flatMap((kind) => registry.list(kind))
const named = components.map((component) => [`${component.kind} ${component.name}`, component] as const)

/** Units and the ending of a name that states them (style guide, 3.3). */
const unitEndings: Readonly<Record<string, RegExp>> = {
  milliseconds: /Ms$/,
  seconds: /Seconds$/,
  bytes: /Bytes$/,
  records: /Records$/,
}

/** Every option of a table with its dotted name, at every depth. */
function optionsOf(table: OptionTable, above = ''): [string, Option<unknown>][] {
  return Object.entries(table).flatMap(([name, option]) => {
    const { form } = option
    const item = form.kind === 'list' || form.kind === 'map' ? form.item.form : form
    const below = item.kind === 'group' ? [item.table] : item.kind === 'tagged' ? Object.values(item.alternatives) : []
    return [[`${above}${name}`, option], ...below.flatMap((inner) => optionsOf(inner, `${above}${name}.`))]
  })
}

describe.each(named)('%s', (_name, component) => {
  it('has a name and a summary in the form of the style guide', () => {
    expect(component.name).toMatch(/^[a-z][a-z0-9-]*$/)
    expect(component.summary).not.toMatch(/\.$|\n/)
    expect(component.since).toMatch(/^\d+\.\d+\.\d+$/)
  })

  it('declares options in the form of the style guide', () => {
    for (const [path, { facets }] of optionsOf(component.options)) {
      const name = path.split('.').at(-1) as string
      expect(name, path).toMatch(/^[a-z][A-Za-z0-9]*$/)
      expect(name, path).not.toMatch(/(config|options?)$/i)
      expect(facets.summary, path).not.toMatch(/^$|\.$|\n/)
      const ending = facets.unit === undefined ? undefined : unitEndings[facets.unit]
      if (ending) expect(name, path).toMatch(ending)
    }
  })

  it('has a JSON Schema that refuses unknown options', () => {
    expect(jsonSchemaOf(component.options)).toMatchObject({ type: 'object', additionalProperties: false })
  })
})

describe('the registry', () => {
  it('has every kind of component that a stream and a model need', () => {
    for (const kind of ['transport', 'envelope', 'encoding', 'format'] as const) {
      expect(registry.list(kind).length, kind).toBeGreaterThan(0)
    }
  })
})
