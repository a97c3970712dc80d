import { packFiles } from '../../src/core/archive.ts'
import { readText } from '../../src/models/tensorflow/message-text.ts'
import { savedModelType } from '../../src/models/tensorflow/saved-model-messages.ts'
import { writeBundle } from './tensorflow-bundle.ts'
import { writeBinary } from './tensorflow-message.ts'
import { floats, n, signature, type } from './tensorflow-model.ts'

const text = new TextEncoder()

/** An archive of a SavedModel: `meta` is the text of its MetaGraphDef. */
export function savedModelArchive(meta: string, files: Readonly<Record<string, Uint8Array>> = {}): Uint8Array {
  const model = writeBinary(
    savedModelType,
    readText(savedModelType, `saved_model_schema_version: 1 meta_graphs { ${meta} }`),
  )
  return packFiles([
    { name: 'saved_model.pb', bytes: model },
    ...Object.entries(files).map(([name, bytes]) => ({ name, bytes })),
  ])
}

const float = type('dtype', 'DT_FLOAT')
const T = type('T', 'DT_FLOAT')
const shape = (...sizes: number[]) =>
  `attr { key: "shape" value { shape { ${sizes.map((size) => `dim { size: ${size} }`).join(' ')} } } }`

/** `y = x · w + 1` with a variable of a checkpoint, and a signature that needs an operator that nobody has. */
export const denseModel = savedModelArchive(
  `meta_info_def { tags: "serve" tensorflow_version: "2.21.0" }
   graph_def {
     ${n('x', 'Placeholder', [], float + shape(-1, 2))}
     ${n('w', 'VarHandleOp', [], `${float} attr { key: "shared_name" value { s: "w" } }`)} ${n('read', 'ReadVariableOp', ['w'], float)}
     ${n('product', 'MatMul', ['x', 'read'], T)} ${n('one', 'Const', [], float + floats(1))} ${n('y', 'AddV2', ['product', 'one'], T)}
     ${n('odd', 'HandMadeOperator', ['x'], T)}
     versions { producer: 1286 }
   }
   ${signature('serving_default', { features: 'x:0' }, { score: 'y:0' })} ${signature('odd', { features: 'x:0' }, { score: 'odd:0' })}`,
  writeBundle({ w: { dtype: 'DT_FLOAT', shape: [2, 1], data: Float32Array.of(2, 3) } }),
)

/** A counter that signatures read, add to and set. */
export const counterModel = savedModelArchive(
  `meta_info_def { tags: "serve" }
   graph_def {
     ${n('counter', 'VariableV2', [], float + shape())} ${n('one', 'Const', [], float + floats(1))} ${n('by', 'Placeholder', [], float)}
     ${n('incr', 'AssignAdd', ['counter', 'one'], T)} ${n('add', 'AssignAdd', ['counter', 'by'], T)} ${n('odd', 'HandMadeOperator', ['counter'])} ${n('spoil', 'Assign', ['counter', 'odd'], T)}
     versions { producer: 26 }
   }
   ${signature('get', {}, { output: 'counter:0' })} ${signature('incr', {}, { output: 'incr:0' })} ${signature('add', { by: 'by:0' }, { output: 'add:0' })} ${signature('spoil', {}, { output: 'spoil:0' })}`,
  writeBundle({ counter: { dtype: 'DT_FLOAT', shape: [], data: Float32Array.of(3) } }),
)

export const utf8Bytes = (content: string): Uint8Array => text.encode(content)
