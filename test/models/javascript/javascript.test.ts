import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { MillraceError } from '../../../src/core/errors.ts'
import { javascriptFormat } from '../../../src/models/javascript/javascript.ts'
import { seeded } from '../../random.ts'
import { load, prepare } from './load.ts'

const model = `export const inputs = [{ name: 'x', dtype: 'float64' }]
export const outputs = [{ name: 'y', dtype: 'float64' }]
export const verification = [{ input: { x: 2 }, expected: { y: 4 } }]
export const samples = [{ x: 3 }]
export const [name, version] = ['double', '7']
export const score = ({ x }) => ({ y: 2 * x })`

test('code is refused unless the operator allows it, before anything of it runs', async () => {
  const context = { allowsCode: false, maxArtifactBytes: 1e6 }
  await expect(prepare('this is not even code', { context })).rejects.toMatchObject({ code: 'MODEL_CODE_NOT_ALLOWED' })
})

test('an artifact above the limit is refused', async () => {
  const context = { allowsCode: true, maxArtifactBytes: 10 }
  await expect(prepare(model, { context })).rejects.toThrow('models/test.js has 310 bytes, above the limit of 10 bytes')
})

test('a prepared model crosses threads and scores as declared', async () => {
  const prepared = await prepare(model)
  expect(prepared).toMatchObject({
    signature: { inputs: [{ name: 'x', dtype: 'float64' }], outputs: [{ name: 'y', dtype: 'float64' }] },
    verification: { rows: 1, differences: [] },
    samples: [{ x: 2 }, { x: 3 }],
    isStateful: false,
    facts: { name: 'double', version: '7', language: 'javascript', function: 'score' },
  })
  const scorer = await javascriptFormat.open(structuredClone(prepared))
  expect(await scorer.score([{ x: '21' }])).toStrictEqual({ predictions: [{ y: 42 }], errors: null })
})

test('a contradicting verification row is reported, not thrown', async () => {
  const prepared = await prepare(model.replace('y: 4', 'y: 5'))
  expect(prepared.verification).toStrictEqual({
    rows: 1,
    differences: [{ row: 0, output: 'y', expected: '5', actual: '4' }],
  })
})

test('a signature that is not declared is found on the samples', async () => {
  const { signature } = await prepare(
    'export const samples = [{ a: 1 }]\nexport const score = () => ({ p: 0.5, c: "x" })',
  )
  expect(signature.inputs.map((f) => f.name)).toStrictEqual(['a'])
  expect(signature.outputs.map((f) => [f.name, f.dtype])).toStrictEqual([
    ['p', 'float64'],
    ['c', 'string'],
  ])
})

test('TypeScript loads like JavaScript', async () => {
  const scorer = await load('type R = { a: number }\nexport const score = (r: R): number => r.a * 2', {
    source: 'm.ts',
  })
  expect((await scorer.score([{ a: 4 }])).predictions).toStrictEqual([{ prediction: 8 }])
})

test('a begin that throws rejects the version with its place', async () => {
  const text = 'export const score = () => 1\nexport const begin = () => { throw new Error("no table") }'
  await expect(prepare(text)).rejects.toThrow('models/test.js:2:36: begin throws Error: no table')
})

test('a source name with characters of a stack trace keeps places readable', async () => {
  await expect(prepare('\n null.x', { source: 'a (b)\n:c.js' })).rejects.toThrow(
    /^a _b__:c\.js:2:7: its module body throws/,
  )
})

test('random and mutated artifacts give a model or a MillraceError of scope model', async () => {
  const random = seeded(5)
  let refused = 0
  for (let round = 0; round < 400; round++) {
    const bytes = Buffer.from(round % 5 === 0 ? Array.from({ length: 30 }, () => random() * 256) : model)
    for (let edits = 1 + random() * 3; edits > 0; edits--)
      bytes[Math.floor(random() * bytes.length)] = 32 + Math.floor(random() * 95)
    try {
      const scorer = await javascriptFormat.open(await prepare(bytes, { source: 'fuzz.js', timeoutMs: 1000 }))
      const { predictions, errors } = await scorer.score([{ x: 1 }, { x: 'a' }, {}, null])
      for (const [i, p] of predictions.entries()) expect(p === null).toBe(errors?.has(i) ?? false)
    } catch (thrown) {
      refused++
      expect(thrown).toBeInstanceOf(MillraceError)
      expect((thrown as MillraceError).scope).toBe('model')
    }
  }
  expect(refused).toBeGreaterThan(50)
})

test('the example rules verify, and name at least nine in ten of the flowers as botanists do', async () => {
  const folder = new URL('../../../examples/iris/', import.meta.url)
  const text = readFileSync(new URL('rules.js', folder), 'utf8')
  expect((await prepare(text)).verification?.differences).toStrictEqual([])
  const scorer = await load(text)
  const [header = '', ...lines] = readFileSync(new URL('iris-labelled.csv', folder), 'utf8').trim().split('\n')
  const names = header.split(',')
  const flowers = lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [names[i], cell])))
  const { predictions, errors } = await scorer.score(flowers)
  expect([flowers.length, errors]).toStrictEqual([150, null])
  expect(flowers.filter((f, i) => f['species'] === predictions[i]?.['species']).length).toBeGreaterThanOrEqual(135)
})

test('versions that are closed are collected', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const versions: WeakRef<object>[] = []
  for (let i = 0; i < 50; i++) {
    const scorer = await load(`${model}\n// ${i}`)
    await scorer.score([{ x: i }])
    scorer.close()
    versions.push(new WeakRef(scorer))
  }
  await new Promise((resolve) => setImmediate(resolve))
  collect()
  expect(versions.filter((version) => version.deref() !== undefined).length).toBeLessThanOrEqual(1)
})
