import { expect, test } from 'vitest'
import { registry } from '../../src/components.ts'
import { columnOf } from '../../src/core/bytes.ts'
import { systemClock } from '../../src/core/clock.ts'
import { MillraceError } from '../../src/core/errors.ts'
import { framesOf } from '../../src/core/frames.ts'
import { openModelDecoder } from '../../src/engine/model-decoder.ts'
import { modelActions, readModelMessage } from '../../src/engine/model-message.ts'
import type { Value } from '../../src/schema/value.ts'
import { normalise } from '../../src/streams/descriptor.ts'
import { seeded } from '../random.ts'
import { jsonMessage, type Message, protobufMessage } from './model-messages.ts'

const read = (value: unknown) => readModelMessage(value as Value, 'models/0@7')
const minimal = { name: 'tree', dataType: 'wine', data: 'AAEC' }
const faultOf = (value: unknown): string => {
  try {
    read(value)
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'ENGINE_MESSAGE_WRONG', scope: 'model' })
    return (thrown as MillraceError).message
  }
  throw new Error(`accepted ${JSON.stringify(value)}`)
}

test('a message of the seeds means: this model takes over', () => {
  expect(read({ ...minimal, description: 'generated from SparkML', modeltype: 2 })).toEqual({
    action: 'activate',
    key: 'wine',
    model: 'tree',
    version: '',
    digest: '',
    format: 'pmml',
    description: 'generated from SparkML',
    effectiveFromMs: null,
    data: Buffer.from([0, 1, 2]),
    location: '',
    options: {},
    verification: [],
  })
})

test('actions are known by number and by name in either case', () => {
  for (const [number, action] of modelActions.entries())
    for (const form of [number, action, action.toUpperCase()])
      expect(read({ ...minimal, action: form }).action).toBe(action)
  for (const wrong of ['', 'deploy', 6, -1, 1.5, {}, [], true])
    expect(faultOf({ ...minimal, action: wrong })).toContain('action')
})

test('the format is told by format, else by the file name where modeltype says nothing, else by modeltype', () => {
  const format = (fields: object) => read({ name: 'm', location: 'a.bin', ...fields }).format
  expect(format({ format: 'ONNX', modeltype: 'PMML' })).toBe('onnx')
  expect(format({ location: 'a.pmml' })).toBe('pmml')
  expect(format({ location: 'a.pmml', modeltype: 'TENSORFLOW' })).toBe('pmml') // what protobuf reads for no modeltype
  expect(format({ location: 'a.ts', modeltype: 0 })).toBe('javascript')
  expect(format({ location: 'a.pb' })).toBe('tensorflow')
  expect(format({ location: 'a.bin', modeltype: 'TENSORFLOWSAVED' })).toBe('tensorflow')
  expect(format({})).toBe('')
  for (const wrong of [7, 'SPARK', 'constructor', '__proto__', {}, []])
    expect(faultOf({ ...minimal, modeltype: wrong })).toContain('modeltype')
})

test('the digest is 64 hexadecimal digits, with or without its algorithm', () => {
  const digest = 'AB'.repeat(32)
  for (const form of [digest, `sha256:${digest}`, `SHA256:${digest}`.toLowerCase()])
    expect(read({ name: 'm', digest: form }).digest).toBe('ab'.repeat(32))
  for (const wrong of ['ab', `${digest}0`, `md5:${digest}`, 'g'.repeat(64)])
    expect(faultOf({ name: 'm', digest: wrong })).toContain('64 hexadecimal digits')
})

test('effectiveFrom is milliseconds in any number type or an ISO time; zero means at once', () => {
  const time = (effectiveFrom: unknown) => read({ ...minimal, effectiveFrom }).effectiveFromMs
  for (const form of [1_700_000_000_000, 1_700_000_000_000n, '1700000000000', '2023-11-14T22:13:20Z'])
    expect(time(form)).toBe(1_700_000_000_000)
  for (const none of [0, 0n, '0', '', null, undefined]) expect(time(none)).toBeNull()
  for (const wrong of ['tomorrow', {}, [5], true, Number.POSITIVE_INFINITY])
    expect(faultOf({ ...minimal, effectiveFrom: wrong })).toContain('effectiveFrom')
})

test('names have no control characters and an end', () => {
  expect(faultOf({ ...minimal, name: 'a\u0000b' })).toContain('control character 0 at 1')
  expect(faultOf({ ...minimal, version: 'v'.repeat(201) })).toContain('201 characters')
  expect(faultOf({ ...minimal, dataType: ['wine'] })).toContain('field "dataType" is object')
  expect(read({ ...minimal, description: 'two\nlines' }).description).toBe('two\nlines')
  expect(read({ ...minimal, version: 3 }).version).toBe('3')
})

test('what a message lacks for its action is named', () => {
  expect(faultOf({ name: 'm' })).toContain('neither data nor location')
  expect(faultOf({ data: 'AAEC' })).toContain('name is missing')
  expect(faultOf({ action: 'retire' })).toContain('needs the name')
  expect(faultOf({ action: 'pin' })).toContain('needs the name')
  expect(read({ action: 'unpin', dataType: 'wine' }).action).toBe('unpin')
  expect(read({ name: 'm', version: '3' }).data).toBeNull()
})

test('data that is not base64 text, options and rows of another form are refused', () => {
  expect(faultOf({ ...minimal, data: 'not base64!' })).toContain('base64')
  expect(faultOf({ ...minimal, data: 5 })).toContain('field "data" is number')
  expect(faultOf({ ...minimal, options: '{"a"' })).toContain('field "options" is not valid JSON')
  expect(faultOf({ ...minimal, options: '[]' })).toContain('field "options" is not an object')
  expect(faultOf({ ...minimal, verificationRows: {} })).toContain('not a list')
  for (const row of [5, null, '5', '', {}, { input: {} }, { input: [], expected: {} }, '{"input": 1, "expected": {}}'])
    expect(faultOf({ ...minimal, verificationRows: [row] })).toContain('verificationRows[0]')
})

test('what is no object is refused with its type', () => {
  for (const wrong of [null, undefined, 5, 'text', true, [], new Uint8Array(3), new Float64Array(2)])
    expect(faultOf(wrong)).toMatch(/expected an object|model message at models\/0@7/)
})

const context = { clock: systemClock, baseFolder: '/', partition: 0, group: '', place: 'models', channel: null }
const decode = openModelDecoder(normalise('log:models', { source: 'test' }, registry), registry, context)

function readBytes(bytes: Uint8Array) {
  const { values, errors } = decode(framesOf(columnOf([bytes])))
  if (errors) throw errors.get(0)
  const command = read(values[0])
  return { ...command, data: command.data && Buffer.from(command.data) }
}

/** A message with a random choice of fields. */
function randomMessage(random: () => number): Message {
  const maybe = <T>(value: T) => (random() < 0.5 ? value : undefined)
  const int = (below: number) => Math.floor(random() * below)
  const fields = {
    name: `model-${int(9)}`,
    description: maybe(`with "quotes", ünïcödé and ${int(99)}`),
    dataType: maybe(`key-${int(3)}`),
    modeltype: maybe(['TENSORFLOW', 'TENSORFLOWSAVED', 'PMML'][int(3)]),
    format: maybe(['pmml', 'javascript', 'onnx'][int(3)]),
    version: maybe(String(int(100))),
    digest: maybe('0123456789abcdef'.repeat(4)),
    action: maybe(modelActions[int(6)]),
    effectiveFrom: maybe([0, 1_700_000_000_000 + int(1e9)][int(2)]),
    options: maybe({ language: 'auto', timeoutMs: int(100) }),
    verificationRows: maybe([{ input: { x: int(9), s: 'a' }, expected: { y: int(9) } }]),
  }
  const content =
    random() < 0.6
      ? { data: Buffer.from(Array.from({ length: 1 + int(40) }, () => int(256))) }
      : { location: `models/${int(9)}.${['pmml', 'js', 'bin'][int(3)]}` }
  const all = { ...fields, ...content }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Message
}

test('protobuf and JSON messages of the same content mean the same', () => {
  const random = seeded(11)
  for (let n = 0; n < 300; n++) {
    // Without modeltype, protobuf says TENSORFLOW: it cannot say nothing.
    const message = { modeltype: 'TENSORFLOW', ...randomMessage(random) }
    expect(readBytes(protobufMessage(message))).toEqual(readBytes(jsonMessage(message)))
  }
})

/** Any decoded value: what an encoding may yield for bytes of a stranger. */
function randomValue(random: () => number, depth: number): unknown {
  const int = (below: number) => Math.floor(random() * below)
  const scalars = [
    null,
    undefined,
    true,
    0,
    -1,
    1e300,
    Number.NaN,
    12n,
    -(2n ** 63n),
    '',
    'activate',
    '\u0000',
    'x'.repeat(5_000),
    new Uint8Array([1, 2]),
    new Float64Array(2),
    '{"input":{},"expected":{}}',
    'AAEC',
    '2023-01-01',
  ]
  if (depth === 0 || random() < 0.6) return scalars[int(scalars.length)]
  if (random() < 0.4) return Array.from({ length: int(4) }, () => randomValue(random, depth - 1))
  const prototype = random() < 0.3 ? null : Object.prototype
  const object = Object.create(prototype) as Record<string, unknown>
  for (const name of ['input', 'expected', 'toString', 'constructor', 'x'])
    if (random() < 0.4) object[name] = randomValue(random, depth - 1)
  return object
}

const fieldNames = [
  'name',
  'description',
  'dataType',
  'modeltype',
  'modelType',
  'data',
  'location',
  'version',
  'digest',
  'action',
  'effectiveFrom',
  'format',
  'signature',
  'verificationRows',
  'headers',
  'options',
]

test('any decoded value is a command that crosses threads, or an error that names its cause', () => {
  const random = seeded(5)
  let accepted = 0
  for (let n = 0; n < 20_000; n++) {
    const value: Record<string, unknown> = { name: 'm', data: new Uint8Array(1) }
    for (const name of fieldNames) if (random() < 0.15) value[name] = randomValue(random, 3)
    try {
      structuredClone(readModelMessage((random() < 0.02 ? randomValue(random, 2) : value) as Value, 'models/0@1'))
      accepted++
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(MillraceError)
      expect(thrown).toMatchObject({ code: 'ENGINE_MESSAGE_WRONG' })
      expect((thrown as MillraceError).message).toMatch(/^model message at models\/0@1: \S.{5,}/s)
    }
  }
  expect(accepted).toBeGreaterThan(1_000)
})
