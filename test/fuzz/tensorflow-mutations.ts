import { packFiles, readZip } from '../../src/core/archive.ts'
import { readSortedTable } from '../../src/models/tensorflow/sorted-table.ts'
import { writeBundle } from '../support/tensorflow-bundle.ts'
import { graphBytes } from '../support/tensorflow-message.ts'
import { calls, f, floats, n, signature, type } from '../support/tensorflow-model.ts'
import { counterModel, denseModel, savedModelArchive } from '../support/tensorflow-saved-models.ts'
import { writeSnappy, writeSortedTable } from '../support/tensorflow-table.ts'

/** Sound artifacts to damage. */
export interface Base {
  readonly name: string
  readonly bytes: Uint8Array
}

const float = type('dtype', 'DT_FLOAT')
const T = type('T', 'DT_FLOAT')

const graphText = [
  n('x', 'Placeholder', [], `${float} attr { key: "shape" value { shape { dim { size: -1 } dim { size: 2 } } } }`),
  n(
    'k',
    'Const',
    [],
    `${float} attr { key: "value" value { tensor { dtype: DT_FLOAT tensor_shape { dim { size: 2 } dim { size: 3 } } float_val: 0.5 } } }`,
  ),
  n('p', 'MatMul', ['x', 'k'], `${T} attr { key: "transpose_a" value { b: false } }`),
  n('y', 'Softmax', ['p'], T),
  'versions { producer: 27 }',
].join('\n')

const call =
  'signature { name: "g" input_arg { name: "a" type: DT_FLOAT } input_arg { name: "h" type: DT_RESOURCE } output_arg { name: "r" type: DT_FLOAT } }'
const functions = savedModelArchive(
  `meta_info_def { tags: "serve" } graph_def {
    ${n('x', 'Placeholder', [], float)} ${n('w', 'VarHandleOp', [], `${float} attr { key: "shared_name" value { s: "w" } }`)}
    ${n('c', 'StatefulPartitionedCall', ['x', 'w'], calls('g'))} ${n('p', 'Placeholder', [], type('dtype', 'DT_BOOL'))}
    ${n('i', 'StatelessIf', ['p', 'c', 'w'], calls('g', 'then_branch') + calls('g', 'else_branch'))} ${n('y', 'Identity', ['i'], T)}
    ${n('keys', 'Const', [], 'attr { key: "value" value { tensor { dtype: DT_STRING string_val: "w" tensor_shape { dim { size: 1 } } } } }')} ${n('parts', 'Const', [], 'attr { key: "value" value { tensor { dtype: DT_STRING string_val: "4 0,2" tensor_shape { dim { size: 1 } } } } }')}
    ${n('file', 'Const', [], floats(1))} ${n('restore', 'RestoreV2', ['file', 'keys', 'parts'])} ${n('set', 'AssignVariableOp', ['w', 'restore'])}
    library { function { ${call} ${f('v', 'ReadVariableOp', ['h'], float)} ${f('o', 'Mul', ['a', 'v:value:0'], T)} ret { key: "r" value: "o:z:0" } control_ret { key: "v" value: "v" } } }
  } saver_def { restore_op_name: "set" } ${signature('serving_default', { x: 'x:0', p: 'p:0' }, { y: 'y:0' })}`,
  writeBundle({
    w: {
      dtype: 'DT_FLOAT',
      shape: [4],
      data: [],
      parts: [
        { slice: { starts: [0], lengths: [3] }, data: Float32Array.of(1, 2, 3) },
        { slice: { starts: [3], lengths: [1] }, data: Float32Array.of(4) },
      ],
    },
    names: { dtype: 'DT_STRING', shape: [2], data: ['a', 'bc'] },
  }),
)

export const bases: readonly Base[] = [
  { name: 'graph', bytes: graphBytes(graphText) },
  { name: 'graph in text', bytes: new TextEncoder().encode(graphText) },
  { name: 'dense', bytes: denseModel },
  { name: 'counter', bytes: counterModel },
  { name: 'functions', bytes: functions },
]

/** Changes, removes, repeats or inserts bytes at some places. */
export function damage(random: () => number, bytes: Uint8Array): Uint8Array {
  let out = Buffer.from(bytes)
  const at = () => Math.floor(random() * (out.length + 1))
  for (let times = 1 + Math.floor(random() * 4); times > 0; times--) {
    const kind = random()
    const place = at()
    if (kind < 0.4 && out.length > 0)
      out[place % out.length] = [0, 1, 0x7f, 0x80, 0xff, Math.floor(random() * 256)][Math.floor(random() * 6)] as number
    else if (kind < 0.5) out = out.subarray(0, place)
    else if (kind < 0.65) out = Buffer.concat([out.subarray(0, place), out.subarray(place + Math.floor(random() * 20))])
    else if (kind < 0.8)
      out = Buffer.concat([
        out.subarray(0, place),
        Buffer.from(Array.from({ length: random() * 12 }, () => random() * 256)),
        out.subarray(place),
      ])
    else {
      const from = at()
      out = Buffer.concat([
        out.subarray(0, place),
        out.subarray(from, from + Math.floor(random() * 200)),
        out.subarray(place),
      ])
    }
  }
  return new Uint8Array(out)
}

const index = 'variables/variables.index'

/** Damages one file of an archive, or one entry of its checkpoint, and seals the archive again: checksums hold. */
export function damageInside(random: () => number, archive: Uint8Array): Uint8Array {
  const files = new Map(
    [...readZip(archive, { maxEntries: 100, maxBytes: 1e6 })].map(([name, entry]) => [name, entry.read()]),
  )
  const names = [...files.keys()]
  const name = names[Math.floor(random() * names.length)] as string
  const content = files.get(name) as Uint8Array
  if (name !== index || random() < 0.2) files.set(name, damage(random, content))
  else {
    const table = new Map(readSortedTable(content))
    const keys = [...table.keys()]
    const key = keys[Math.floor(random() * keys.length)] as string
    table.set(key, damage(random, table.get(key) as Uint8Array))
    if (random() < 0.2) table.delete(keys[Math.floor(random() * keys.length)] as string)
    files.set(name, writeSortedTable(table, random() < 0.5 ? { pack: writeSnappy } : { perBlock: 1 }))
  }
  return packFiles([...files].map(([file, bytes]) => ({ name: file, bytes })))
}
