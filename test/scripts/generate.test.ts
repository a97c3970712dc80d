import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { comparePages, type ReferenceSource, referencePages, writePages } from '../../scripts/generate.ts'
import type { Component } from '../../src/config/component.ts'
import { choice, group, integer, text } from '../../src/config/option.ts'
import { Registry } from '../../src/config/registry.ts'
import { tree } from './tree.ts'

const summary = 'something | with a bar'
const component: Component = {
  kind: 'transport',
  name: 'pigeon',
  summary: 'carries records by bird',
  stability: 'beta',
  since: '0.1.0',
  guarantee: { level: 'at-most-once', condition: 'the weather is good' },
  options: {
    loft: text({ summary, examples: ['north'] }),
    waitMs: integer({ summary: 'longest wait', unit: 'milliseconds', default: 7 }),
    token: text({ summary: 'password', isSecret: true, isOptional: true }),
    feed: group({ kind: choice(['corn', 'peas'], { summary: 'kind of feed' }) }, { summary: 'what it eats' }),
  },
}
const source: ReferenceSource = {
  registry: new Registry([component]),
  catalogue: {
    BIRD_LOST: { status: 500, scope: 'stream', retry: true, message: 'bird {name} is lost' },
    AIR_THIN: { status: 400, scope: 'record', retry: false, message: 'air is thin' },
  },
  telemetryText:
    'export interface TelemetryEvents {\n  birdSeen: { bird: string; count: number }\n  airError: {\n    where: string\n  }\n}\n',
  verbs: [
    {
      name: 'fly',
      summary: 'Let one fly',
      description: '',
      usage: 'millrace fly <bird>',
      operands: [{ name: 'bird', summary: 'which one' }],
      options: { waitMs: component.options['waitMs'] as never },
      examples: [{ command: 'millrace fly joe', summary: 'let joe fly' }],
    },
  ],
}
const pages = referencePages(source)
const page = (path: string) => pages.get(`docs/reference/${path}`) as string

describe('referencePages', () => {
  it('gives every component a page with all that it declares', () => {
    const content = page('components/transport-pigeon.md')
    expect(content).toContain('Carries records by bird.')
    expect(content).toContain('Guarantee: **at-most-once**. The weather is good.')
    expect(content).toContain('| `loft` | text |  | **required** | Something \\| with a bar. Examples: `"north"`. |')
    expect(content).toContain('| `waitMs` | integer | milliseconds | `7` | Longest wait. |')
    expect(content).toContain('| `token` | text |  | – | Password. Secret:')
    expect(content).toContain('`feed.kind`')
    expect(page('README.md')).toContain('[pigeon](components/transport-pigeon.md)')
  })

  it('gives every component a JSON Schema', () => {
    expect(JSON.parse(page('schemas/transport-pigeon.json'))).toMatchObject({ required: ['loft', 'feed'] })
  })

  it('lists errors, events and verbs', () => {
    expect(page('errors.md')).toContain('| `BIRD_LOST` | `bird {name} is lost` | stream | yes | 500 |')
    expect(page('errors.md').indexOf('AIR_THIN')).toBeLessThan(page('errors.md').indexOf('BIRD_LOST'))
    expect(page('telemetry.md')).toContain('| `birdSeen` | `bird: string`, `count: number` |  |')
    expect(page('telemetry.md')).toContain('| `airError` | `where: string` | error |')
    expect(page('command-line.md')).toContain('| `--wait-ms` | integer (milliseconds) | `7` | Longest wait. |')
  })

  it('is the same every time', () => {
    expect([...referencePages(source)]).toEqual([...pages])
  })
})

describe('comparePages', () => {
  it('is fine after writing', () => {
    const root = tree({ 'docs/reference/old.md': 'left over' })
    writePages(root, pages)
    expect(comparePages(root, pages)).toEqual({ summary: `reference: ${pages.size} pages, fine`, faults: [] })
  })

  it('reports a page that is missing, differs, or is declared by nothing', () => {
    const root = tree({})
    writePages(root, pages)
    const path = join(root, 'docs/reference/errors.md')
    const lines = readFileSync(path, 'utf8').split('\n')
    lines[4] = 'edited by hand'
    writeFileSync(path, lines.join('\n'))
    writeFileSync(join(root, 'docs/reference/extra.md'), '')
    const wanted = new Map([...pages, ['docs/reference/new.md', 'x']])
    expect(comparePages(root, wanted).faults).toEqual([
      'docs/reference/errors.md:5: is not what the code declares; npm run generate rewrites it',
      'docs/reference/new.md:1: is missing; npm run generate writes it',
      'docs/reference/extra.md:1: nothing declares this page; npm run generate removes it',
    ])
  })
})
