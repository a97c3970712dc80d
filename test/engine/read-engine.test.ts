import { expect, test } from 'vitest'
import { registry } from '../../src/components.ts'
import { parseConfigDocument } from '../../src/config/document.ts'
import { ConfigFaults } from '../../src/config/faults.ts'
import { planEngine } from '../../src/engine/read-engine.ts'
import { seeded } from '../random.ts'

const base = { name: 'iris', slots: { 0: 'log:iris', 1: 'log:iris.predictions' } }
const plan = (value: unknown) => planEngine(value, { document: null, source: 'test', baseFolder: '/base' }, registry)

/** Faults of a YAML document as `line:column path code`. */
function faultsOf(text: string): string[] {
  const document = parseConfigDocument(text, 'engine.yaml')
  try {
    planEngine(document.value, { document, source: 'engine.yaml', baseFolder: '/base' }, registry)
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(ConfigFaults)
    return (thrown as ConfigFaults).faults.map((f) => `${f.line}:${f.column} ${f.path} ${f.code}`)
  }
  throw new Error('the document is accepted')
}

test('the shortest engine gets defaults that work: checkpoints, dead letters and cut-overs in one log', () => {
  const { inputs, outputs, models, deadLetters, activations, state, join, http, threads, versions } = plan(base)
  expect(inputs.map((s) => [s.slot, s.descriptor.transport['topic']])).toEqual([[0, 'iris']])
  expect(outputs.map((s) => [s.slot, s.descriptor.transport['topic']])).toEqual([[1, 'iris.predictions']])
  expect(models).toBeNull()
  const { path } = state as unknown as { path: string }
  expect(state.type).toBe('log')
  expect(deadLetters.descriptor).toMatchObject({
    transport: { type: 'log', path, topic: 'iris.dead-letters' },
    encoding: { type: 'raw' },
  })
  expect(activations?.descriptor.transport).toMatchObject({ type: 'log', path, topic: 'iris.activations' })
  expect(join).toMatchObject({ source: { type: 'constant', value: 'iris' }, unserved: 'drop', holdMs: 0 })
  expect(versions).toMatchObject({ allowsCode: false, locations: ['.'], baseFolder: '/base' })
  expect([http, threads]).toEqual([null, null])
})

test('a plan is plain data that crosses threads', () => {
  const whole = plan({ ...base, models: [{ name: 'm', location: 'a.pmml' }], http: { port: 0 }, threads: 2 })
  expect(structuredClone(whole)).toEqual(whole)
})

test('slots are read in the order of their numbers: even in, odd out', () => {
  const slots = { 11: 'log:o', 3: 'log:p', 10: 'log:b', 2: 'log:a' }
  const { inputs, outputs } = plan({ ...base, slots })
  expect([inputs.map((s) => s.slot), outputs.map((s) => s.slot)]).toEqual([
    [2, 10],
    [3, 11],
  ])
})

test('checkpoints in memory keep no cut-overs, and dead letters have no log to go to', () => {
  const { activations, deadLetters, state } = plan({ ...base, state: 'memory' })
  expect([state, activations, deadLetters.descriptor.transport]).toEqual([
    { type: 'memory' },
    null,
    { type: 'discard' },
  ])
})

test('an engine with a REST slot gets an HTTP server', () => {
  expect(plan({ ...base, slots: { 0: 'rest:', 1: 'log:out' } }).http).toEqual({ host: '127.0.0.1', port: 8090 })
})

test('policies become what the task does', () => {
  const join = (noModel: object) => plan({ ...base, join: { noModel } }).join
  expect(join({ type: 'drop' })).toMatchObject({ unserved: 'drop', holdMs: 0 })
  expect(join({ type: 'dead-letter' })).toMatchObject({ unserved: 'deadLetter', holdMs: 0 })
  expect(join({ type: 'hold', maxMs: 50 })).toMatchObject({ unserved: 'deadLetter', holdMs: 50 })
})

test('a list of models is an inline stream of messages for the key of the engine', () => {
  const records = (changes: object) => {
    const { models } = plan({
      ...base,
      models: [
        { name: 'a', location: 'a.pmml' },
        { name: 'b', dataType: 'wine', location: 'b.pmml' },
      ],
      ...changes,
    })
    expect(models).toMatchObject({ isList: true, encoding: 'stated' })
    return (models!.descriptor.transport['records'] as string[]).map((text) => JSON.parse(text) as object)
  }
  expect(records({})).toEqual([
    { dataType: 'iris', name: 'a', location: 'a.pmml' },
    { dataType: 'wine', name: 'b', location: 'b.pmml' },
  ])
  expect(records({ join: { key: { type: 'field', name: 'kind' } } })[0]).toEqual({ name: 'a', location: 'a.pmml' })
})

test('a model stream without an encoding takes protobuf and JSON; a stated one is kept', () => {
  expect(plan({ ...base, models: 'log:models' }).models).toMatchObject({ isList: false, encoding: 'either' })
  expect(plan({ ...base, models: { transport: 'log:models' } }).models?.encoding).toBe('either')
  expect(plan({ ...base, models: { transport: 'log:models', encoding: 'json' } }).models?.encoding).toBe('stated')
})

test('all faults are told at once, each with its place', () => {
  const faults = faultsOf(`name: iris
slots:
  0: {transport: {type: log, topic: iris, partitons: 3}}
  1: kafak:out
  x: log:more
models:
  - tree.pmml
deadLetters: {transport: {type: file}}
state: {type: log, pth: a.db}
`)
  expect(faults.length).toBeGreaterThanOrEqual(6)
  for (const at of ['3:', '4:', '5:', '7:', '8:', '9:'])
    expect(
      faults.some((fault) => fault.startsWith(at)),
      `${at} of ${faults.join(', ')}`,
    ).toBe(true)
})

test('options of the engine itself are checked, and unknown ones name the closest', () => {
  expect(faultsOf('nam: iris\nslots: {0: "log:iris"}')).toEqual(
    expect.arrayContaining([expect.stringContaining('1:1 nam CONFIG_OPTION_UNKNOWN')]),
  )
  expect(() => plan({ ...base, thread: 2 })).toThrow(/thread.*threads/s)
  expect(() => plan({ ...base, name: 'no spaces' })).toThrow(/"no spaces"/)
  expect(() => plan({ ...base, threads: 0 })).toThrow(/threads/)
  expect(() => plan({ ...base, join: { key: { type: 'colour' } } })).toThrow(/join\.key/)
})

test('an engine needs an input; one slot number is one slot', () => {
  expect(() => plan({ ...base, slots: { 1: 'log:out' } })).toThrow(/no even slot/)
  const document = parseConfigDocument('name: x\nslots:\n  1: log:out\n', 'engine.yaml')
  const origin = { document, source: 'engine.yaml', baseFolder: '.' }
  expect(() => planEngine(document.value, origin, registry)).toThrow('engine.yaml:2:1: no even slot')
  expect(() => plan({ ...base, slots: { 0: 'log:a', '00': 'log:b' } })).toThrow(/slot "00" is not a number/)
  expect(() => plan({ ...base, slots: { '-2': 'log:a', 0: 'log:b' } })).toThrow(/slot "-2"/)
})

test('a direction that a transport does not have is a fault of the slot', () => {
  const faults = faultsOf('name: iris\nslots:\n  0: {transport: discard}\n  1: inline:abc')
  expect(new Set(faults.map((fault) => Number.parseInt(fault, 10)))).toEqual(new Set([3, 4]))
})

test('state that is no component is a fault, whatever it is', () => {
  for (const state of [null, 5, [], {}, 'redis', { type: 'redis' }, { type: 5 }, { path: 'a.db' }, true, ''])
    expect(() => plan({ ...base, state }), JSON.stringify(state)).toThrow(ConfigFaults)
})

test('any value in any place of a document is a plan or faults, never another error', () => {
  const random = seeded(13)
  const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)] as T
  const strange = [
    null,
    0,
    -1,
    1e99,
    true,
    '',
    'log:',
    'log:a',
    'rest:',
    'none',
    [],
    [null],
    {},
    { type: null },
    { type: 'log' },
    { type: 'log', path: 5 },
    { transport: null },
    { '': 1 },
    [[]],
    'x'.repeat(300),
  ]
  const names = [
    'name',
    'description',
    'slots',
    'models',
    'deadLetters',
    'join',
    'predictions',
    'versions',
    'state',
    'threads',
    'http',
  ]
  const whole = {
    ...base,
    models: 'log:models',
    deadLetters: 'log:dead',
    join: { key: { type: 'field', name: 'x' }, noModel: { type: 'drop' } },
    state: { type: 'log' },
    versions: { allowCode: true },
  }
  const change = (value: unknown, depth: number): unknown => {
    if (depth > 0 && random() < 0.7 && typeof value === 'object' && value !== null) {
      const name = pick(Object.keys(value).length > 0 ? Object.keys(value) : ['x'])
      return { ...value, [name]: change((value as Record<string, unknown>)[name], depth - 1) }
    }
    return pick(strange)
  }
  let plans = 0
  for (let n = 0; n < 300; n++) {
    const document = n % 3 === 0 ? { ...whole, [pick(names)]: pick(strange) } : change(whole, 4)
    try {
      structuredClone(plan(document))
      plans++
    } catch (thrown) {
      if (!(thrown instanceof ConfigFaults)) throw new Error(`${JSON.stringify(document)}`, { cause: thrown })
      for (const { message } of thrown.faults) expect(message.length).toBeGreaterThan(10)
    }
  }
  expect(plans).toBeGreaterThan(10)
})
