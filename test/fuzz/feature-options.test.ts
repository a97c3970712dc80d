import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { MillraceError } from '../../src/core/errors.ts'
import { type ModelInput, openFeatures, planFeatures } from '../../src/models/tensors/feature-mapping.ts'
import { type ModelOutput, openPredictions, planPredictions } from '../../src/models/tensors/predictions.ts'
import { elementCount, type Tensor, type TensorDtype, tensorArrays } from '../../src/schema/tensor.ts'
import type { RecordValue, Value } from '../../src/schema/value.ts'
import { seeded } from '../random.ts'

const rounds = Number(process.env['MILLRACE_FUZZ_ROUNDS'] ?? 2000)
const firstSeed = Number(process.env['MILLRACE_FUZZ_SEED'] ?? 1)

const names = [
  'a',
  'b',
  'x',
  'y',
  'fixed acidity',
  '__proto__',
  'constructor',
  'toString',
  '"',
  '`',
  '\\',
  '\u2028',
  '',
]
const dtypes = [...Object.keys(tensorArrays), 'string'] as TensorDtype[]
const shapes = [
  null,
  [],
  [null],
  [null, 1],
  [null, 2],
  [null, 3],
  [null, null],
  [null, null, 2],
  [null, null, null],
  [1, 2],
  [4],
  [2, 2],
  [null, 2, 1],
  [0],
  [null, 0],
]
const expressions = [
  'a + b',
  'log(a)',
  "a == 'x' ? 1 : 0",
  '`fixed acidity` * 2',
  'a.b',
  'eval(a)',
  '(',
  'number(a) ?? 0',
  'constructor',
]

/** Random choices from one seed. */
class Dice {
  readonly #next: () => number

  constructor(seed: number) {
    this.#next = seeded(seed)
  }

  chance(share: number): boolean {
    return this.#next() < share
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#next() * list.length)] as T
  }

  times<T>(most: number, make: () => T): T[] {
    return Array.from({ length: Math.floor(this.#next() * (most + 1)) }, make)
  }

  value(): Value {
    const some: Value[] = [
      null,
      0,
      1,
      -1.5,
      1e300,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      true,
      '1',
      'x',
      '',
      'red',
      7n,
      2n ** 70n,
    ]
    if (this.chance(0.8)) return this.pick(some)
    return this.pick<Value>([
      [1, 2],
      [1, 'x', null],
      [[1], [2]],
      [[1, 2], [3]],
      [],
      {},
      Float32Array.of(1, 2),
      Float64Array.of(1),
      BigInt64Array.of(1n, 2n),
      new Uint8Array(3),
    ])
  }

  entry(depth = 0): unknown {
    if (this.chance(0.4)) return this.pick(names)
    if (this.chance(0.1)) return this.pick([null, 1, [], true, {}])
    if (depth === 0 && this.chance(0.2))
      return {
        input: this.pick(names),
        ...this.pick([{ features: this.times(3, () => this.entry(1)) }, { value: this.value() }, {}]),
      }
    const entry: Record<string, unknown> = this.chance(0.7)
      ? { field: this.pick(names) }
      : { expression: this.pick(expressions) }
    if (this.chance(0.2)) entry['name'] = this.pick(names)
    if (this.chance(0.3)) entry['missing'] = this.pick([0, 'nan', 'error', 'zeros', 'x', null])
    if (this.chance(0.2)) entry['vocabulary'] = this.pick([['x', 'red'], [1, 2], [], ['x', 'x'], 'x'])
    if (this.chance(0.1)) entry['oneHot'] = this.pick([['x', 'red'], [true, false], {}])
    if (this.chance(0.1)) entry['categories'] = this.pick([{ x: 1, red: 2.5 }, { x: 'y' }, []])
    if (this.chance(0.2)) entry['unknown'] = this.pick(['error', 'zeros', 'nan', -1, 1e10, {}])
    if (this.chance(0.1)) entry['size'] = this.pick([1, 2, [2], [2, 1], 0, -1, 'x'])
    return entry
  }

  input(): ModelInput {
    const shape = this.pick(shapes)
    const columns = this.chance(0.3) ? this.times(4, () => this.pick(names)) : undefined
    return {
      name: this.pick(names),
      dtype: this.pick(dtypes),
      shape,
      missing: this.pick(['nan', 'error']),
      ...(columns ? { columns } : {}),
    }
  }

  record(): RecordValue | null {
    if (this.chance(0.05)) return null
    const entries = this.times(8, () => [this.pick(names), this.value()] as const)
    return Object.fromEntries(entries)
  }
}

/** Runs `action`; a MillraceError of one of the codes stands for null. */
function allowed<T>(codes: readonly string[], action: () => T): T | null {
  try {
    return action()
  } catch (thrown) {
    if (thrown instanceof MillraceError && codes.includes(thrown.code)) return null
    throw thrown
  }
}

function checkTensor(tensor: Tensor): void {
  expect(tensor.data.length).toBe(elementCount(tensor.shape))
  if (tensor.dtype !== 'string') expect(tensor.data).toBeInstanceOf(tensorArrays[tensor.dtype])
  else
    expect((tensor.data as unknown[]).every((one) => typeof one === 'string' || one instanceof Uint8Array)).toBe(true)
}

test(`any option is planned or refused with its place, and any record becomes a row or an error (${rounds} rounds)`, () => {
  let planned = 0
  let rows = 0
  for (let round = 0; round < rounds; round++) {
    const seed = firstSeed + round
    const dice = new Dice(seed)
    const inputs = [dice.input(), ...dice.times(1, () => dice.input())].filter(
      (input, i, all) => all.findIndex(({ name }) => name === input.name) === i,
    )
    const given = dice.chance(0.3) ? undefined : dice.times(4, () => dice.entry())
    try {
      const result = allowed(['MODEL_FEATURES_WRONG'], () => planFeatures(given, inputs, 'the model'))
      if (!result) continue
      planned++
      const reader = openFeatures(structuredClone(result.plan), { isReused: dice.chance(0.5) })
      const records = dice.times(5, () => dice.record())
      const { runs, errors } = reader.read(records)
      const answered = new Set<number>(errors?.keys())
      for (const run of runs) {
        for (const tensor of Object.values(run.feeds)) checkTensor(tensor)
        for (let row = 0; row < run.rows; row++) {
          const record = run.index ? (run.index[row] as number) : row
          expect(answered.has(record)).toBe(false)
          answered.add(record)
          rows++
        }
      }
      expect(answered.size).toBe(records.length)
      for (const error of errors?.values() ?? [])
        expect([
          'MODEL_INPUT_INVALID',
          'MODEL_INPUT_MISSING',
          'MODEL_FEATURES_MISSING',
          'MODEL_RECORD_ABSENT',
          'MODEL_RUN_ERROR',
        ]).toContain(error.code)
    } catch (thrown) {
      throw new Error(`seed ${seed}: ${inspect({ given, inputs }, { depth: 9 })}`, { cause: thrown })
    }
  }
  expect([planned > rounds / 10, rows > rounds / 20]).toEqual([true, true])
}, 600_000)

test(`any option for outputs is planned or refused, and any outputs become predictions or an error (${rounds} rounds)`, () => {
  let written = 0
  for (let round = 0; round < rounds; round++) {
    const seed = firstSeed + round
    const dice = new Dice(seed)
    const outputs = dice.times(
      2,
      (): ModelOutput => ({
        name: dice.pick(names),
        dtype: dice.pick(dtypes),
        shape: dice.pick(shapes),
        ...(dice.chance(0.2) ? { kind: 'maps' } : {}),
      }),
    )
    const given = dice.chance(0.3)
      ? undefined
      : dice.times(3, () => {
          const entry: Record<string, unknown> = { name: dice.pick(names) }
          if (dice.chance(0.5)) entry['from'] = dice.pick(names)
          if (dice.chance(0.2)) entry['classes'] = dice.pick([['p', 'q'], ['p', 'q', 'r'], [1, 2], [], 'p'])
          if (dice.chance(0.2)) entry['column'] = dice.pick([0, 1, 'p', -1])
          if (dice.chance(0.2)) entry['members'] = dice.pick([['__proto__', 'b'], ['a'], [], [1]])
          if (dice.chance(0.2)) entry['largest'] = true
          return dice.chance(0.2) ? dice.pick(names) : entry
        })
    try {
      const result = allowed(['MODEL_FEATURES_WRONG'], () => planPredictions(given, outputs, 'the model'))
      if (!result) continue
      const rows = 1 + Math.floor(Number(dice.chance(0.5)))
      const values = Object.fromEntries(
        outputs.map(({ name, dtype, kind }) => {
          if (kind === 'maps')
            return [
              name,
              {
                type: 'sequence',
                data: Array.from(
                  { length: rows },
                  () =>
                    new Map([
                      ['p', 0.5],
                      ['q', Number.NaN],
                    ]),
                ),
              } as const,
            ]
          const shape = [rows, ...dice.pick([[], [1], [2], [3], [2, 2], [0]])]
          const count = elementCount(shape)
          return [
            name,
            {
              dtype,
              shape,
              data: dtype === 'string' ? new Array<string>(count).fill('p') : new tensorArrays[dtype](count),
            },
          ]
        }),
      )
      const predictions: (RecordValue | null)[] = new Array(rows).fill(null)
      const writer = openPredictions(structuredClone(result.plan))
      const isDone = allowed(['MODEL_RUN_ERROR'], () => {
        writer.write(values, { rows, index: null }, predictions)
        return true
      })
      if (!isDone) continue
      written++
      for (const prediction of predictions)
        expect(Object.keys(prediction ?? {}).sort()).toEqual(
          [...new Set(result.features.map(({ name }) => name))].sort(),
        )
    } catch (thrown) {
      throw new Error(`seed ${seed}: ${inspect({ given, outputs }, { depth: 9 })}`, { cause: thrown })
    }
  }
  expect(written).toBeGreaterThan(rounds / 20)
}, 600_000)
