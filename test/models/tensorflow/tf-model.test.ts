import { describe, expect, it } from 'vitest'
import {
  floats,
  n,
  opened,
  plainGraph,
  savedModel,
  savedModels,
  signature,
  type,
} from '../../support/tensorflow-model.ts'

const x = n('x', 'Placeholder', [], type('dtype', 'DT_FLOAT'))
const graph = (op: string) =>
  `graph_def { ${x} ${n('y', op, ['x'])} } ${signature('serve', { x: 'x:0' }, { y: 'y:0' })}`
const tagged = (op: string, ...tags: string[]) =>
  `meta_graphs { meta_info_def { ${tags.map((tag) => `tags: "${tag}"`).join(' ')} } ${graph(op)} }`
const ops = (model: ReturnType<typeof opened>) => [...model.graph.nodes.values()].map(({ op }) => op)

describe('a SavedModel', () => {
  const files = savedModels(
    [tagged('Train', 'train'), tagged('Serve', 'serve'), tagged('Fast', 'serve', 'gpu')].join(' '),
  )

  it('is the graph that serves, else the first, or the one with the tags', () => {
    expect(ops(opened(files))).toContain('Serve')
    expect(ops(opened(savedModels(tagged('Train', 'train') + tagged('Eval', 'eval'))))).toContain('Train')
    expect(ops(opened(files, { tags: ['gpu', 'serve'] }))).toContain('Fast')
    expect(ops(opened(files, { tags: ['gpu'] }))).toContain('Fast')
    expect(ops(opened(files, { tags: ['serve'] }))).toContain('Serve')
    expect(opened(files).tagSets).toEqual([['train'], ['serve'], ['serve', 'gpu']])
  })

  it('is refused by name of its tags when none fits', () => {
    expect(() => opened(files, { tags: ['serv'] })).toThrow('option "tags": no MetaGraphDef has the tags [serv]')
    expect(() => opened(files, { tags: ['serv'] })).toThrow('there are [train], [serve], [serve, gpu]')
    expect(() => opened(savedModels(''))).toThrow('it has no MetaGraphDef')
    expect(() => opened(savedModel(`graph_def { ${x} }`))).toThrow(
      'it has no signature; options "feeds" and "fetches" name tensors to use',
    )
    expect(() => opened(savedModel(''))).toThrow('its MetaGraphDef has no graph')
  })

  it('takes tensors that options name in place of its signatures', () => {
    const [only] = opened(savedModel(graph('Neg')), { fetches: ['y'] }).signatures
    expect([only?.name, only?.outputs.map(({ key }) => key)]).toEqual(['', ['y']])
  })

  it('keeps what is wrong with one signature apart from the others', () => {
    const model = opened(
      savedModel(
        `graph_def { ${x} ${n('y', 'Neg', ['x'])} ${n('v', 'VarHandleOp')} ${n('r', 'ReadVariableOp', ['v'])} } ${signature('good', { x: 'x:0' }, { y: 'y:0' })} ${signature('bad', {}, { y: 'r:0' })}`,
      ),
    )
    const results = model
      .programs(new Set())
      .map((result) => ('error' in result ? String(result.error) : result.program.graph.nodes.size))
    expect(results).toEqual([expect.stringContaining('the variable "v" has no value'), 2])
    expect(model.programs(new Set(['bad']))).toHaveLength(1)
  })
})

it('opens a graph without signatures, of which variables have no value', () => {
  const model = opened(
    plainGraph([n('v', 'VariableV2'), x, n('y', 'Mul', ['x', 'v']), n('k', 'Const', [], floats(1))].join(' ')),
  )
  expect(model.signatures.map(({ name }) => name)).toEqual([''])
  const [result] = model.programs(new Set())
  expect(result && 'error' in result && String(result.error)).toContain('there is no checkpoint, and it is not frozen')
})
