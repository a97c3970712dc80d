import { describe, expect, it } from 'vitest'
import { packFiles } from '../../../src/core/archive.ts'
import { graphType } from '../../../src/models/tensorflow/graph-messages.ts'
import { readText } from '../../../src/models/tensorflow/message-text.ts'
import { readModelFiles, recognisesTensorflow } from '../../../src/models/tensorflow/model-files.ts'
import { savedModelType } from '../../../src/models/tensorflow/saved-model-messages.ts'
import { graphBytes, writeBinary } from '../../support/tensorflow-message.ts'
import { n } from '../../support/tensorflow-model.ts'

const text = (content: string) => new TextEncoder().encode(content)
const graphText = `${n('x', 'Placeholder')} versions { producer: 27 }`
const modelText = `saved_model_schema_version: 1 meta_graphs { meta_info_def { tags: "serve" } graph_def { ${graphText} } }`
const modelBytes = writeBinary(savedModelType, readText(savedModelType, modelText))
const read = (bytes: Uint8Array, maxBytes = 1e6) => readModelFiles({ bytes, source: 'm' }, maxBytes)

describe('an artifact', () => {
  it.each([
    ['a graph', graphBytes(graphText), 'graph'],
    ['a graph in text', text(`# made by hand\n${graphText}`), 'graph'],
    ['a graph that starts with its versions', text('versions { producer: 1 }'), 'graph'],
    ['a SavedModel', modelBytes, 'savedModel'],
    ['a SavedModel in text', text(modelText), 'savedModel'],
    ['a SavedModel without a version', modelBytes.subarray(2), 'savedModel'],
  ])('is %s', (_, bytes, kind) => {
    expect(read(bytes).kind).toBe(kind)
    expect(recognisesTensorflow(bytes)).toBe(true)
  })

  it('is an archive of a folder, which may lie in another one', () => {
    for (const root of ['', 'model/1/']) {
      const archive = packFiles([
        { name: `${root}saved_model.pb`, bytes: modelBytes },
        { name: `${root}assets/a.txt`, bytes: text('a') },
        { name: `${root}old/saved_model.pb`, bytes: text('') },
      ])
      const files = read(archive)
      expect(
        files.kind === 'savedModel' && [
          files.message.meta_graphs.length,
          files.read('assets/a.txt')?.length,
          files.read('b'),
        ],
      ).toEqual([1, 1, null])
      expect(recognisesTensorflow(archive)).toBe(true)
    }
    const inText = packFiles([{ name: 'saved_model.pbtxt', bytes: text(modelText) }])
    expect(read(inText).kind).toBe('savedModel')
  })

  it('is refused when it is something else', () => {
    expect(() => read(text('{"a": 1}'))).toThrow(
      'm cannot be read as tensorflow: the file: it is no GraphDef, no SavedModel and no ZIP archive of one',
    )
    expect(() => read(new Uint8Array(0))).toThrow('it is no GraphDef')
    expect(() => read(packFiles([{ name: 'a', bytes: text('a') }]))).toThrow('the archive: it has no saved_model.pb')
    expect(() => read(packFiles([{ name: 'saved_model.pb', bytes: modelBytes }]).subarray(0, -1))).toThrow(
      'the archive: it has no end record',
    )
    expect(() => read(packFiles([{ name: 'saved_model.pb', bytes: modelBytes }]), 10)).toThrow(
      'more than 10 bytes unpacked',
    )
    expect(() => read(text('meta_info_def { }'))).toThrow('a MetaGraphDef (.meta) without its SavedModel')
    expect(recognisesTensorflow(text('<PMML>'))).toBe(false)
    expect(recognisesTensorflow(packFiles([{ name: 'a', bytes: text('a') }]))).toBe(false)
  })

  it('is refused with the byte or line that is wrong', () => {
    expect(() => read(modelBytes.subarray(0, -1))).toThrow(
      /m cannot be read as tensorflow: the SavedModel, \w+ at byte \d+/,
    )
    expect(() => read(text('node {\n name: 1 }'))).toThrow(
      'the graph, line 2, column 8: field "name" has no text in quotes',
    )
    expect(() => read(graphBytes(graphText).subarray(0, -1))).toThrow('the graph, GraphDef at byte')
  })

  it('is no ONNX model', () => {
    // ModelProto: field 1 is the version of the IR (8), field 2 the producer, a text.
    const onnx = Uint8Array.of(0x08, 8, 0x12, 7, ...text('pytorch'), 0x3a, 0)
    expect(recognisesTensorflow(onnx)).toBe(false)
    expect(readText(graphType, graphText).node).toHaveLength(1)
  })
})
