import { describe, expect, it } from 'vitest'
import { writeBundle } from '../../support/tensorflow-bundle.ts'
import { floats, n, programOf, savedModel, signature, texts, type } from '../../support/tensorflow-model.ts'

const handle = (name: string, shared = name) =>
  n(name, 'VarHandleOp', [], `${type('dtype', 'DT_FLOAT')} attr { key: "shared_name" value { s: "${shared}" } }`)
const hash = (name: string) =>
  n(name, 'HashTableV2', [], `${type('key_dtype', 'DT_STRING')} ${type('value_dtype', 'DT_FLOAT')}`)
const files = writeBundle({
  'layer/.ATTRIBUTES/VARIABLE_VALUE': { dtype: 'DT_FLOAT', shape: [2], data: Float32Array.of(5, 6) },
  plain: { dtype: 'DT_FLOAT', shape: [2], data: Float32Array.of(7, 8) },
})

/** The value of the constant that reading the variable `v` became. */
function readValue(nodes: readonly string[], extra = '', given = files) {
  const all = [
    n('x', 'Placeholder', [], type('dtype', 'DT_FLOAT')),
    n('read', 'ReadVariableOp', ['v']),
    n('y', 'Add', ['x', 'read']),
    ...nodes,
  ]
  const { graph } = programOf(
    savedModel(`graph_def { ${all.join(' ')} } ${signature('s', { x: 'x:0' }, { y: 'y:0' })} ${extra}`, given),
  )
  const constant = [...graph.nodes.values()].find(({ op }) => op === 'Const')?.attributes.get('value')
  return constant?.kind === 'tensor' ? constant.value.data : null
}

const restore = (key: string) => [
  n('keys', 'Const', [], texts(key)),
  n('parts', 'Const', [], texts('')),
  n('file', 'Const', [], texts('x')),
  n('restored', 'RestoreV2', ['file', 'keys', 'parts']),
]

describe('the value of a variable', () => {
  it('is what its restoring assigns, under whatever key', () => {
    const nodes = [
      handle('v'),
      ...restore('layer/.ATTRIBUTES/VARIABLE_VALUE'),
      n('i', 'Identity', ['restored']),
      n('assign', 'AssignVariableOp', ['v', 'i']),
      n('all', 'NoOp', ['^assign']),
    ]
    expect(readValue(nodes, 'saver_def { restore_op_name: "all" filename_tensor_name: "file:0" }')).toEqual(
      Float32Array.of(5, 6),
    )
    expect(readValue(nodes)).toEqual(Float32Array.of(5, 6))
  })

  it('is one for all handles of one shared name', () => {
    const nodes = [
      handle('v', 'shared'),
      handle('w', 'shared'),
      ...restore('plain'),
      n('assign', 'AssignVariableOp', ['w', 'restored']),
    ]
    expect(readValue(nodes)).toEqual(Float32Array.of(7, 8))
  })

  it('is what the checkpoint has under its name, where nothing restores it', () => {
    expect(readValue([handle('v', 'plain')])).toEqual(Float32Array.of(7, 8))
  })

  it('is what initialisation assigns after restoring, when that is constant', () => {
    const nodes = [
      handle('v'),
      ...restore('plain'),
      n('a', 'AssignVariableOp', ['v', 'restored']),
      n('zero', 'Const', [], floats(9, 9)),
      n('b', 'AssignVariableOp', ['v', 'zero']),
      n('init', 'NoOp', ['^b']),
    ]
    expect(
      readValue(
        nodes,
        'saver_def { restore_op_name: "a" } collection_def { key: "saved_model_main_op" value { node_list { value: "init" } } }',
      ),
    ).toEqual(Float32Array.of(9, 9))
  })

  it('is refused where it is nowhere, or of another type', () => {
    expect(() => readValue([handle('v')])).toThrow(
      'm cannot be read as tensorflow: node "v" (VarHandleOp): the variable "v" has no value: the checkpoint has no value for it',
    )
    expect(() => readValue([handle('v')], '', {})).toThrow('there is no checkpoint, and it is not frozen')
    const wide = n(
      'v',
      'VarHandleOp',
      [],
      `${type('dtype', 'DT_DOUBLE')} attr { key: "shared_name" value { s: "plain" } }`,
    )
    expect(() => readValue([wide])).toThrow('its value is of float32, expected float64')
  })
})

describe('the content of a table', () => {
  function tableOf(nodes: readonly string[], extra = '', given: Record<string, Uint8Array> = {}) {
    const all = [
      n('x', 'Placeholder', [], type('dtype', 'DT_STRING')),
      n('default', 'Const', [], floats(0)),
      n('y', 'LookupTableFindV2', ['t', 'x', 'default']),
      ...nodes,
    ]
    const { graph } = programOf(
      savedModel(`graph_def { ${all.join(' ')} } ${signature('s', { x: 'x:0' }, { y: 'y:0' })} ${extra}`, given),
    )
    const table = graph.tables.get('t')
    return [((table?.keys.data ?? []) as Uint8Array[]).map((key) => Buffer.from(key).toString()), table?.values.data]
  }
  const main = 'collection_def { key: "saved_model_main_op" value { node_list { value: "init" } } }'

  it('comes from constants', () => {
    const nodes = [
      hash('t'),
      n('k', 'Const', [], texts('a', 'b')),
      n('v', 'Const', [], floats(1, 2)),
      n('fill', 'InitializeTableV2', ['t', 'k', 'v']),
      n('init', 'NoOp', ['^fill']),
    ]
    expect(tableOf(nodes, main)).toEqual([['a', 'b'], Float32Array.of(1, 2)])
  })

  it('comes from a file of the model', () => {
    const choice =
      'attr { key: "key_index" value { i: 0 } } attr { key: "value_index" value { i: 1 } } attr { key: "delimiter" value { s: " " } }'
    const nodes = [
      hash('t'),
      n('path', 'Const', [], texts('vocabulary')),
      n('fill', 'InitializeTableFromTextFileV2', ['t', 'path'], choice),
    ]
    const asset = 'asset_file_def { tensor_info { name: "path:0" } filename: "words.txt" }'
    expect(tableOf(nodes, asset, { 'assets/words.txt': Buffer.from('a 1\nb 2.5\n') })).toEqual([
      ['a', 'b'],
      Float32Array.of(1, 2.5),
    ])
    expect(() => tableOf(nodes, asset)).toThrow('its file "assets/words.txt" is missing')
    expect(() => tableOf(nodes)).toThrow('a file that is no asset of the model')
    expect(() => tableOf(nodes, asset, { 'assets/words.txt': Buffer.from('a x\n') })).toThrow(
      'assets/words.txt: line 1 has a value that is no float32',
    )
  })

  it('comes from a file whose path is in a variable', () => {
    const path = n('p', 'VarHandleOp', [], type('dtype', 'DT_STRING'))
    const choice = 'attr { key: "key_index" value { i: -2 } } attr { key: "value_index" value { i: -1 } }'
    const numbers = hash('t').replace('"value_dtype" value { type: DT_FLOAT', '"value_dtype" value { type: DT_INT64')
    const nodes = [
      numbers,
      path,
      n('given', 'Placeholder'),
      n('set', 'AssignVariableOp', ['p', 'given']),
      n('get', 'ReadVariableOp', ['p']),
      n('fill', 'InitializeTableFromTextFileV2', ['t', 'get'], choice),
      n('init', 'NoOp', ['^fill']),
    ]
    const asset = 'asset_file_def { tensor_info { name: "given:0" } filename: "words.txt" }'
    const table = tableOf(nodes, main + asset, { 'assets/words.txt': Buffer.from('a\nb\n') })
    expect(table).toEqual([['a', 'b'], BigInt64Array.of(0n, 1n)])
  })

  it('comes from the checkpoint', () => {
    const given = writeBundle({
      't-keys': { dtype: 'DT_STRING', shape: [1], data: ['q'] },
      't-values': { dtype: 'DT_FLOAT', shape: [1], data: Float32Array.of(4) },
    })
    const mutable = hash('t').replace('HashTableV2', 'MutableHashTableV2')
    const nodes = [
      mutable,
      n('keys', 'Const', [], texts('t-keys', 't-values')),
      n('parts', 'Const', [], texts('', '')),
      n('file', 'X'),
      n('r', 'RestoreV2', ['file', 'keys', 'parts']),
      n('import', 'LookupTableImportV2', ['t', 'r', 'r:1']),
    ]
    expect(tableOf(nodes, 'saver_def { restore_op_name: "import" }', given)).toEqual([['q'], Float32Array.of(4)])
  })

  it('is refused where nothing known fills it', () => {
    expect(() => tableOf([hash('t')])).toThrow(
      'm: node "t" (HashTableV2) uses a table that nothing fills when the model is loaded',
    )
    const nodes = [hash('t'), n('k', 'Odd'), n('fill', 'InitializeTableV2', ['t', 'k', 'k'])]
    expect(() => tableOf(nodes)).toThrow('keys or values that are not constant')
    const uneven = [
      hash('t'),
      n('k', 'Const', [], texts('a', 'b')),
      n('v', 'Const', [], floats(1)),
      n('fill', 'InitializeTableV2', ['t', 'k', 'v']),
    ]
    expect(() => tableOf(uneven)).toThrow('its 2 keys and 1 values do not fit the table')
  })
})
