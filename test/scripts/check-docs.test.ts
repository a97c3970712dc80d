import { describe, expect, it } from 'vitest'
import { checkDocs, type Referents } from '../../scripts/check-docs.ts'
import { Registry } from '../../src/config/registry.ts'
import { tree } from './tree.ts'

const referents: Referents = {
  codes: ['CONFIG_SYNTAX', 'MODEL_BROKEN'],
  registry: new Registry([
    { kind: 'transport', name: 'file', summary: 's', stability: 'stable', since: '0.1.0', options: {} },
  ]),
  verbs: ['run', 'topic create', 'topic list'],
  flags: { run: ['threads'], 'topic create': ['json', 'no-json'] },
  scripts: ['start', 'test', 'check'],
}

const check = (files: Record<string, string>, changes: Partial<Referents> = {}) =>
  checkDocs(tree(files), { ...referents, ...changes }, true)
const faults = (text: string) => check({ 'README.md': `first line\n${text}\n`, 'docs/a.md': '# One Two\n' }).faults

describe('checkDocs', () => {
  it.each([
    ['a link to nothing', '[a](docs/b.md)', 'README.md:2: link to "docs/b.md", which is not there'],
    ['a link out of the repository', '[a](../x.md)', 'README.md:2: link to "../x.md", which is not there'],
    [
      'an anchor to nothing',
      '[a](docs/a.md#two)',
      'README.md:2: link to "docs/a.md#two", but docs/a.md has no such heading',
    ],
    ['an unknown error code', 'see CONFIG_SINTAX', 'README.md:2: error code CONFIG_SINTAX is not in the catalogue'],
    ['an unknown component', 'the transport `pigeon`', 'README.md:2: there is no transport "pigeon"'],
    ['an unknown component, named first', 'the `pigeon` encoding', 'README.md:2: there is no encoding "pigeon"'],
    ['an unknown script', 'type `npm run chek`', 'README.md:2: package.json has no script "chek"'],
    [
      'an unknown verb',
      'type `millrace walk x`',
      'README.md:2: "millrace walk x" is not a command; verbs: run, topic create, topic list',
    ],
    [
      'an unknown second word',
      'type `millrace topic create|drop`',
      'README.md:2: "millrace topic create|drop" is not a command',
    ],
    ['a verb in a block', '```sh\nmillrace walk\n```', 'README.md:3: "millrace walk" is not a command'],
  ])('reports %s with file and line', (_case, text, message) => {
    const found = faults(text)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(message)
  })

  it.each([
    '[a](docs/a.md) [b](docs/a.md#one-two) [c](https://example.com/x) [d](#top)\n# Top',
    'CONFIG_SYNTAX, process.env.CONFIG_OTHER_THING_$ and MY_CONFIG_FILE',
    'the transport `file` and the `file` transport',
    '`npm start`, `npm test`, `npm run check`, `npm ci`, npm run nothing in prose',
    '`millrace run x.yaml`, `millrace topic create|list`, `millrace --help`, a millrace grinds',
    '```ts\nconst link = "[a](nowhere.md)"\n```',
  ])('accepts %j', (text) => {
    expect(faults(text)).toEqual([])
  })

  it('finds options that a verb does not have, up to the end of its command', () => {
    const text =
      '```sh\nmillrace topic create x --no-json \\\n  --partition 3 | other --thing\nmillrace run e.yaml --threads 1 --description "--no" # --pass\n```\n`millrace run --thread 2`\n'
    expect(check({ 'README.md': text }).faults).toEqual([
      'README.md:2: "millrace topic create" has no option "--partition"',
      'README.md:4: "millrace run" has no option "--description"',
      'README.md:6: "millrace run" has no option "--thread"',
    ])
  })

  it('counts what it looked at, and says when verbs are not checked', () => {
    const files = { 'README.md': '[a](docs/a.md) `millrace walk`', 'docs/a.md': '' }
    expect(check(files, { verbs: null })).toEqual({
      summary:
        'documents: 2 pages, 1 links, 1 commands, 0 runs, fine (verbs not checked: there is no src/cli/verbs.ts)',
      faults: [],
    })
  })

  it('runs the blocks that ask for it, in one folder per page', () => {
    const text =
      '```sh run\necho 42 > number\n```\n\n```ts run\nimport { readFileSync } from "node:fs"\nconst n: number = Number(readFileSync("number", "utf8"))\nif (n !== 42) throw new Error("no")\n```\n'
    expect(check({ 'docs/a.md': text, 'docs/b.md': '```sh\nexit 1\n```\n' })).toEqual({
      summary: 'documents: 2 pages, 0 links, 0 commands, 2 runs, fine',
      faults: [],
    })
  })

  it('reports blocks that do not run, with their place and the last words', () => {
    const text =
      'x\n\n```sh run\necho out of flour >&2; false; true\n```\n\n```ts run\nthrow new Error("no grain")\n```\n'
    const found = check({ 'docs/a.md': text }).faults
    expect(found[0]).toBe('docs/a.md:4: block "sh run" does not run: out of flour')
    expect(found[1]).toMatch(/^docs\/a\.md:8: block "ts run" does not run: /)
    expect(found).toHaveLength(2)
  })

  it('gives blocks the library under its name', () => {
    const files = { 'src/index.ts': 'export const grain = 1\n', 'package.json': '{"type":"module"}' }
    const text = "```ts run\nimport { grain } from 'millrace'\nif (grain !== 1) throw new Error('no')\n```\n"
    expect(check({ ...files, 'README.md': text }).faults).toEqual([])
  })
})
