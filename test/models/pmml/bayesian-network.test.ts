import { expect, test } from 'vitest'
import { document, score } from './documents.ts'

const p = (value: string, probability: number) => `<ValueProbability value="${value}" probability="${probability}"/>`
const given = (parents: Readonly<Record<string, string>>, ...values: string[]) =>
  `<DiscreteConditionalProbability>${Object.entries(parents)
    .map(([parent, value]) => `<ParentValue parent="${parent}" value="${value}"/>`)
    .join('')}${values.join('')}</DiscreteConditionalProbability>`
const constant = (name: string, value: number) => `<${name}><Constant dataType="double">${value}</Constant></${name}>`

/** A network of rain `r`, sprinkler `s`, wet grass `w` and more; `target` is what is asked for, the other names are inputs. */
function network(target: string, inputs: readonly string[], nodes: string, output = '', transformations = ''): string {
  const schema = inputs.map((name) => `<MiningField name="${name}"/>`).join('')
  return document(
    { r: 'string', s: 'integer', w: 'boolean', t: 'double', x: 'double' },
    `<BayesianNetworkModel functionName="classification"><MiningSchema>${schema}<MiningField name="${target}" usageType="target"/></MiningSchema><Output>${output}</Output>${transformations}<BayesianNetworkNodes>${nodes}</BayesianNetworkNodes></BayesianNetworkModel>`,
    '4.3',
  )
}

const rain = `<DiscreteNode name="r">${p('no', 0.8)}${p('yes', 0.2)}</DiscreteNode>`
const sprinkler = `<DiscreteNode name="s">${given({ r: 'yes' }, p('1', 0.01), p('0', 0.99))}${given({ r: 'no' }, p('0', 0.6), p('1', 0.4))}</DiscreteNode>`
const wet = `<DiscreteNode name="w">${given({ s: '0', r: 'no' }, p('true', 0), p('false', 1))}${given({ r: 'yes', s: '0' }, p('true', 0.8), p('false', 0.2))}${given({ s: '1', r: 'no' }, p('true', 0.9), p('false', 0.1))}${given({ s: '1', r: 'yes' }, p('true', 0.99), p('false', 0.01))}</DiscreteNode>`
const share = '<OutputField name="p" feature="probability" value="yes"/>'

test('the target given its effects: hidden nodes are summed over, missing inputs too, nodes without influence left out', async () => {
  // Node t depends on everything and is neither an input nor the target.
  const other = `<ContinuousNode name="t"><ContinuousDistribution><NormalDistributionForBN><Mean><FieldRef field="x"/></Mean>${constant('Variance', 1)}</NormalDistributionForBN></ContinuousDistribution></ContinuousNode>`
  const xml = network('r', ['w'], rain + sprinkler + wet + other, share)
  const wetAndRain = 0.2 * (0.01 * 0.99 + 0.99 * 0.8)
  const wetNoRain = 0.8 * (0.4 * 0.9 + 0.6 * 0)
  const [isWet, missing] = (await score(xml, [{ w: true }, {}])) as Record<string, unknown>[]
  expect(isWet?.['r']).toBe('no')
  expect(isWet?.['p']).toBeCloseTo(wetAndRain / (wetAndRain + wetNoRain), 14)
  expect(missing?.['r']).toBe('no')
  expect(missing?.['p']).toBeCloseTo(0.2, 14)
})

test('inputs are cast to their types; impossible evidence and values that a node does not have give no result', async () => {
  const xml = network('r', ['s', 'w'], rain + sprinkler + wet, share)
  const results = await score(xml, [
    { s: '0', w: 'true' },
    { s: 7, w: true },
  ])
  // Wet grass without the sprinkler means rain.
  expect(results).toEqual([
    { r: 'yes', p: 1 },
    { r: null, p: null },
  ])
  const never = network('r', ['s', 'w'], rain.replace('0.8', '1').replace('0.2', '0') + sprinkler + wet, share)
  expect(await score(never, [{ s: 0, w: true }])).toEqual([{ r: null, p: null }])
})

test('a parent may be a field made by the node: without its value there is no result', async () => {
  const bins =
    '<DerivedField name="warm" optype="categorical" dataType="string"><Discretize field="x"><DiscretizeBin binValue="cold"><Interval closure="openOpen" rightMargin="10"/></DiscretizeBin><DiscretizeBin binValue="warm"><Interval closure="closedOpen" leftMargin="10"/></DiscretizeBin></Discretize></DerivedField>'
  const node = `<DiscreteNode name="r">${bins}${given({ warm: 'cold' }, p('yes', 0.7), p('no', 0.3))}${given({ warm: 'warm' }, p('yes', 0.1), p('no', 0.9))}</DiscreteNode>`
  expect(await score(network('r', ['x'], node, share), [{ x: 3 }, { x: 30 }, {}])).toEqual([
    { r: 'yes', p: 0.7 },
    { r: 'no', p: 0.1 },
    { r: null, p: null },
  ])
})

test('a continuous input is weighed by its density, however unlikely; when it is missing it tells nothing', async () => {
  const normal = (mean: number) =>
    `<ContinuousDistribution><NormalDistributionForBN>${constant('Mean', mean)}${constant('Variance', 1)}</NormalDistributionForBN></ContinuousDistribution>`
  const node = `<ContinuousNode name="t"><ContinuousConditionalProbability><ParentValue parent="r" value="no"/>${normal(0)}</ContinuousConditionalProbability><ContinuousConditionalProbability><ParentValue parent="r" value="yes"/>${normal(1)}</ContinuousConditionalProbability></ContinuousNode>`
  const results = (await score(network('r', ['t'], rain + node, share), [
    { t: 0.5 },
    { t: 3 },
    { t: 1e3 },
    {},
  ])) as Record<string, number>[]
  const odds = 0.25 * Math.exp(2.5)
  expect(results[0]?.['p']).toBeCloseTo(0.2, 14)
  expect(results[1]?.['p']).toBeCloseTo(odds / (1 + odds), 14)
  expect(results[2]).toEqual({ r: 'yes', p: 1 })
  expect(results[3]?.['p']).toBeCloseTo(0.2, 14)
})

test('a continuous target: mean and deviation of the mixture over what its parents may be', async () => {
  const uniform = (lower: number, upper: number) =>
    `<ContinuousDistribution><UniformDistributionForBN>${constant('Lower', lower)}<Upper><Apply function="+"><FieldRef field="x"/><Constant dataType="double">${upper}</Constant></Apply></Upper></UniformDistributionForBN></ContinuousDistribution>`
  const node = `<ContinuousNode name="t"><ContinuousConditionalProbability><ParentValue parent="r" value="yes"/>${uniform(0, 6)}</ContinuousConditionalProbability><ContinuousConditionalProbability><ParentValue parent="r" value="no"/>${uniform(6, 12)}</ContinuousConditionalProbability></ContinuousNode>`
  const xml = network('t', ['r', 'x'], rain + node, '<OutputField name="d" feature="standardDeviation"/>')
  const results = (await score(xml, [{ r: 'yes', x: 0 }, { x: 0 }, { r: 'yes' }])) as Record<string, number>[]
  expect(results[0]).toEqual({ t: 3, d: Math.sqrt(3) })
  expect(results[1]?.['t']).toBeCloseTo(0.2 * 3 + 0.8 * 9, 14)
  expect(results[1]?.['d']).toBeCloseTo(Math.sqrt(3 + 0.2 * 0.8 * 36), 13)
  expect(results[2]).toEqual({ t: null, d: null })
})
