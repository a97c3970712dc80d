import { expect, test } from 'vitest'
import { Machine } from '../../../src/models/pmml/machine.ts'
import type { Plan } from '../../../src/models/pmml/plan.ts'
import type { SupportVectorPlan } from '../../../src/models/pmml/support-vectors.ts'
import type { Cell } from '../../../src/models/pmml/types.ts'
import { openVectorKernel } from '../../../src/models/pmml/vector-kernel.ts'
import { seeded } from '../../random.ts'
import { document, prepare, schema } from './documents.ts'

const random = seeded(11)
const vectors = 37
const fields = ['x', 'c=u', 'd=1', 'c=v', 'z', 'd=2', 'c=w']
const number = () => Math.round(random() * 4000 - 2000) / 1000
const rows = Array.from({ length: vectors }, () =>
  fields.map((field) => (field.includes('=') ? Math.round(random()) : number())),
)

function xml(kernel: string): string {
  const names = fields.map((field) => {
    const [name, value] = field.split('=')
    return value === undefined
      ? `<FieldRef field="${name}"/>`
      : `<CategoricalPredictor name="${name}" value="${value}" coefficient="${value === 'w' ? 2 : 1}"/>`
  })
  const instances = rows.map(
    (row, i) =>
      `<VectorInstance id="${i}"><Array type="real" n="${row.length}">${row.join(' ')}</Array></VectorInstance>`,
  )
  const used = rows.map((_, i) => `<SupportVector vectorId="${i}"/>`)
  return document(
    { x: 'double', z: 'double', c: 'string', d: 'integer', y: 'double' },
    `<SupportVectorMachineModel functionName="regression">${schema(['x', 'z', 'c', 'd'])}${kernel}
      <VectorDictionary><VectorFields>${names.join('')}</VectorFields>${instances.join('')}</VectorDictionary>
      <SupportVectorMachine><SupportVectors>${used.join('')}</SupportVectors>
        <Coefficients absoluteValue="0">${rows.map(() => '<Coefficient value="1"/>').join('')}</Coefficients>
      </SupportVectorMachine></SupportVectorMachineModel>`,
  )
}

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, i) => sum + value * (b[i] as number), 0)
const distance = (a: readonly number[], b: readonly number[]) => {
  const difference = a.map((value, i) => value - (b[i] as number))
  return dot(difference, difference)
}
const kernels: [string, (a: readonly number[], b: readonly number[]) => number][] = [
  ['<LinearKernelType/>', dot],
  ['<PolynomialKernelType gamma="0.5" coef0="2" degree="2"/>', (a, b) => (0.5 * dot(a, b) + 2) ** 2],
  ['<PolynomialKernelType gamma="0.5" coef0="9" degree="1.5"/>', (a, b) => (0.5 * dot(a, b) + 9) ** 1.5],
  ['<SigmoidKernelType gamma="0.1" coef0="1"/>', (a, b) => Math.tanh(0.1 * dot(a, b) + 1)],
  ['<RadialBasisKernelType gamma="0.3"/>', (a, b) => Math.exp(-0.3 * distance(a, b))],
  ['<RadialBasisKernelType gamma="-0.1"/>', (a, b) => Math.exp(0.1 * distance(a, b))],
]

test.each(kernels)('%s is what its formula gives, compiled as interpreted', async (element, formula) => {
  const plan = (await prepare(xml(element))).payload as Plan
  const body = plan.model.body as SupportVectorPlan
  const slots = new Map(plan.inputs.map((input) => [input.name, input.slot]))
  const [machine, other] = [new Machine(plan), new Machine(plan, true)]
  const [compiled, interpreted] = [openVectorKernel(body, machine), openVectorKernel(body, other)]
  const take = (record: Readonly<Record<string, Cell>>): [boolean, boolean] => {
    for (const { values } of [machine, other]) for (const [name, slot] of slots) values[slot] = record[name]
    return [compiled.fill(), interpreted.fill()]
  }
  // "1" as text is the number 1 here, "q" is in no field
  for (const c of ['u', 'v', 'w', 'q'])
    for (const d of [1, 2, 3, '1', 'q'] as Cell[]) {
      const [x, z] = [number(), number()]
      expect(take({ x, z, c, d })).toEqual([true, true])
      expect(interpreted.similarities).toEqual(compiled.similarities)
      const point = [x, +(c === 'u'), +(d === 1 || d === '1'), +(c === 'v'), z, +(d === 2), c === 'w' ? 2 : 0]
      for (const [v, row] of rows.entries()) {
        const expected = formula(point, row)
        expect(Math.abs((compiled.similarities[v] as number) - expected)).toBeLessThan(1e-12 * (1 + Math.abs(expected)))
      }
    }
  expect(take({ x: 1, z: 1, c: undefined, d: 1 })).toEqual([false, false])
  expect(take({ x: undefined, z: 1, c: 'u', d: 1 })).toEqual([false, false])
})
