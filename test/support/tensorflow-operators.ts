import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { TfNode, TfPort, TfProgram } from '../../src/models/tensorflow/graph.ts'
import { readGraph } from '../../src/models/tensorflow/graph-def.ts'
import { graphType } from '../../src/models/tensorflow/graph-messages.ts'
import { readBinary } from '../../src/models/tensorflow/message-binary.ts'
import { Pipeline } from '../../src/models/tensorflow/pipeline.ts'
import type { TfDtype } from '../../src/models/tensorflow/tf-dtype.ts'
import { translateProgram } from '../../src/models/tensorflow/translate.ts'
import type { Translation } from '../../src/models/tensorflow/translation.ts'
import { readTensor } from '../../src/schema/plain-tensor.ts'
import type { Tensor } from '../../src/schema/tensor.ts'
import { isMillraceError } from './tensorflow-errors.ts'

/** A tensor as the golden files have it: text as base64, numbers that JSON lacks as text. */
export interface GoldenTensor {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data: readonly (number | string | boolean)[]
}

export interface GoldenCase {
  readonly name: string
  readonly graph: string // base64 of a GraphDef
  readonly vectors: readonly {
    readonly inputs: Readonly<Record<string, GoldenTensor>>
    readonly outputs: Readonly<Record<string, GoldenTensor>>
  }[]
}

const folder = join(import.meta.dirname, '../golden/tensorflow-operators')

/** Cases of a file of test/golden/tensorflow-operators. */
export function goldenCases(group: string): readonly GoldenCase[] {
  const path = join(folder, `${group}.json`)
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { cases: GoldenCase[] }).cases : []
}

/** A GraphDef of a golden case as translation gets it: its placeholders are inputs, `out0` and so on outputs. */
export function programOf({ name, graph, vectors }: GoldenCase): TfProgram {
  const raw = readGraph(readBinary(graphType, new Uint8Array(Buffer.from(graph, 'base64'))), name)
  const nodes = new Map<string, TfNode>()
  const seen = new Set<string>()
  const visit = (at: string) => {
    const node = raw.nodes.get(at)
    if (!node || seen.has(at)) return
    seen.add(at)
    for (const input of node.inputs) visit(input.node)
    nodes.set(at, node)
  }
  const attribute = (node: TfNode, key: string) => (node.attributes.get(key) as { value: unknown } | undefined)?.value
  const port = (key: string, type: string): TfPort => {
    const node = raw.nodes.get(key) as TfNode
    const shape = type === 'dtype' ? (attribute(node, 'shape') as TfPort['shape']) : null
    return { key, endpoint: { node: key, output: 0 }, dtype: attribute(node, type) as TfDtype, shape }
  }
  const outputs = Object.keys(vectors[0]?.outputs ?? {}).map((key) => port(key, 'T'))
  for (const { key } of outputs) visit(key)
  const inputs = [...raw.nodes.values()]
    .filter(({ op }) => op === 'Placeholder')
    .map((node) => port(node.name, 'dtype'))
  return {
    signature: { name: 'graph', method: '', inputs, outputs },
    graph: { nodes, functions: new Map(), tables: new Map() },
    state: [],
  }
}

const number = (value: number | string | boolean) =>
  value === 'inf' ? Number.POSITIVE_INFINITY : value === '-inf' ? Number.NEGATIVE_INFINITY : Number(value)

/** The tensor of a golden file as inputs are. */
export function tensorOf(key: string, golden: GoldenTensor): Tensor {
  if (golden.dtype === 'string') return readTensor(key, { ...golden, encoding: 'base64' }) as Tensor
  if (golden.dtype === 'float16')
    return { dtype: 'float16', shape: golden.shape, data: Uint16Array.from(golden.data, (x) => halfBits(number(x))) }
  const isFloat = golden.dtype.startsWith('float')
  return readTensor(key, { ...golden, data: isFloat ? golden.data.map(number) : golden.data }) as Tensor
}

/** Bits of a number that a half has exactly. */
function halfBits(x: number): number {
  if (x === 0) return Object.is(x, -0) ? 0x8000 : 0
  const exponent = Math.floor(Math.log2(Math.abs(x)))
  const mantissa = Math.round((Math.abs(x) / 2 ** exponent - 1) * 1024)
  return (x < 0 ? 0x8000 : 0) | ((exponent + 15) << 10) | mantissa
}

function halfValue(bits: number): number {
  const [sign, exponent, mantissa] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023]
  if (exponent === 31) return mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (exponent === 0 ? mantissa * 2 ** -24 : (1 + mantissa / 1024) * 2 ** (exponent - 15))
}

/** What differs from TensorFlow's own answer, in words; null when nothing does. */
export function difference(
  key: string,
  expected: GoldenTensor,
  actual: Tensor | undefined,
  tolerance = { rel: 1e-5, abs: 1e-6 },
): string | null {
  if (!actual) return `${key} is not there`
  if (actual.shape.join() !== expected.shape.join())
    return `${key} has shape [${actual.shape}], expected [${expected.shape}]`
  const isHalf = expected.dtype === 'float16'
  for (const [i, wanted] of expected.data.entries()) {
    const found = actual.data[i]
    if (expected.dtype === 'string') {
      const text = Buffer.from(found as string).toString('base64')
      if (text !== wanted)
        return `${key}[${i}] is ${JSON.stringify(found)}, expected ${Buffer.from(wanted as string, 'base64')}`
      continue
    }
    const [x, y] = [isHalf ? halfValue(found as number) : Number(found), number(wanted)]
    const isNear =
      x === y || (Number.isNaN(x) && Number.isNaN(y)) || Math.abs(x - y) <= tolerance.abs + tolerance.rel * Math.abs(y)
    if (!isNear) return `${key}[${i}] is ${x}, expected ${y}`
  }
  return null
}

/** Translates and runs a case; what differs, in words. */
export async function differenceOf(
  golden: GoldenCase,
  check: (translation: Translation) => void = () => {},
  absolute = 1e-6,
): Promise<string | null> {
  const translation = structuredClone(translateProgram(programOf(golden), golden.name))
  check(translation)
  const pipeline = await Pipeline.open(translation, {}, golden.name)
  try {
    for (const { inputs, outputs } of golden.vectors) {
      const found = pipeline.run(
        Object.fromEntries(Object.entries(inputs).map(([key, one]) => [key, tensorOf(key, one)])),
        new Map(),
      )
      // Sums of 16-bit floats are rounded at places that no two programs share.
      const tolerance = { rel: /float16|half/.test(golden.name) ? 1e-2 : 1e-5, abs: absolute }
      for (const [key, expected] of Object.entries(outputs)) {
        const why = difference(key, expected, found[key], tolerance)
        if (why) return why
      }
    }
    return null
  } finally {
    pipeline.release()
  }
}

/** Tests the cases of a group whose names fit; those of `refused` must be refused with the name of their operator. */
export function testOperators(group: string, fits: RegExp, refused: readonly string[] = [], absolute = 1e-6): void {
  const cases = goldenCases(group).filter(({ name }) => fits.test(name))
  describe(`operators of ${group}`, () => {
    test('there are cases', () => {
      expect(cases.length).toBeGreaterThan(0)
    })
    test.each(cases.filter(({ name }) => !refused.includes(name)))(
      '$name gives what TensorFlow gives',
      async (golden) => {
        expect(await differenceOf(golden, () => {}, absolute)).toBeNull()
      },
    )
    const others = cases.filter(({ name }) => refused.includes(name))
    if (others.length > 0)
      test.each(others)('$name is refused by node and operator', (golden) => {
        let thrown: unknown
        try {
          translateProgram(programOf(golden), golden.name)
        } catch (fault) {
          thrown = fault
        }
        expect(isMillraceError(thrown, 'MODEL_ARTIFACT_UNSUPPORTED')).toBe(true)
        expect(String((thrown as Error).message)).toMatch(/node ".+" \(\w+\) uses/)
      })
  })
}
