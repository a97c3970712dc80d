import { expect, test } from 'vitest'
import { document, refusal } from './documents.ts'

const p = '<ValueProbability value="y" probability="0.5"/><ValueProbability value="n" probability="0.5"/>'
const row = (...parents: readonly [string, string][]) =>
  `<DiscreteConditionalProbability>${parents.map(([parent, value]) => `<ParentValue parent="${parent}" value="${value}"/>`).join('')}${p}</DiscreteConditionalProbability>`
const node = (name: string, inner = p) => `<DiscreteNode name="${name}">${inner}</DiscreteNode>`
const both = (parent: string) => row([parent, 'y']) + row([parent, 'n'])
const continuous = (name: string, distribution: string) =>
  `<ContinuousNode name="${name}"><ContinuousDistribution>${distribution}</ContinuousDistribution></ContinuousNode>`
const normal = (mean: string) =>
  `<NormalDistributionForBN><Mean>${mean}</Mean><Variance><Constant>1</Constant></Variance></NormalDistributionForBN>`
const zero = '<Constant dataType="double">0</Constant>'

function network(nodes: string, target = 'a', inputs: readonly string[] = ['b']): string {
  const names = ['a', 'b', 'c', 'd']
  const schema = inputs.map((name) => `<MiningField name="${name}"/>`).join('')
  return document(
    Object.fromEntries([...names.map((name) => [name, 'string']), ['t', 'double'], ['u', 'double']]),
    `<BayesianNetworkModel functionName="classification"><MiningSchema>${schema}<MiningField name="${target}" usageType="target"/></MiningSchema><BayesianNetworkNodes>${nodes}</BayesianNetworkNodes></BayesianNetworkModel>`,
    '4.3',
  )
}

test.each([
  ['no target node', network(node('b')), 'target field "a" is no node of the network'],
  ['two nodes of a name', network(node('a') + node('a')), 'there is a node "a" already'],
  ['a cycle', network(node('a', both('b')) + node('b', both('a'))), 'depends on itself'],
  ['a combination that is missing', network(node('a', row(['b', 'y'])) + node('b')), 'states 1 of 2 combinations'],
  ['a combination twice', network(node('a', row(['b', 'y']) + row(['b', 'y'])) + node('b')), 'stated before'],
  [
    'a value that the parent does not have',
    network(node('a', row(['b', 'x'])) + node('b')),
    '"x" is not a value of parent "b"',
  ],
  [
    'another parent in another row',
    network(node('a', row(['b', 'y']) + row(['c', 'n'])) + node('b') + node('c')),
    'names no value of parent "b"',
  ],
  [
    'a parent too many',
    network(node('a', row(['b', 'y']) + row(['b', 'n'], ['c', 'n'])) + node('b') + node('c')),
    'names 2 parents, expected 1',
  ],
  ['an unknown parent', network(node('a', both('nobody'))), 'field "nobody" is not declared'],
  ['a probability above one', network(node('a', p.replace('0.5', '1.5'))), '"probability" is 1.5'],
  ['no probability', network(node('a', p.replaceAll('0.5', '0'))), 'no probability above 0'],
  ['no values', network(node('a', '')), 'states no probabilities'],
  ['no target field', network(node('a')).replace('usageType="target"', 'usageType="supplementary"'), '0 target fields'],
])('refused: %s', async (_, xml, reason) => {
  expect((await refusal(xml)).message).toContain(reason)
})

test.each([
  [
    'a continuous node in between',
    network(continuous('t', normal(zero)) + continuous('u', normal('<FieldRef field="t"/>')), 'u'),
    'node "t", which is neither an input nor the target',
  ],
  [
    'evidence below a continuous target',
    network(continuous('t', normal(zero)) + continuous('u', normal('<FieldRef field="t"/>')), 't', ['u']),
    'depends on node "t", which is not an input',
  ],
  [
    'a continuous parent with values',
    network(node('a', both('t')) + continuous('t', normal(zero)), 'a', ['t']),
    'the continuous node "t" as a parent with values',
  ],
  [
    'a lognormal',
    network(continuous('t', normal(zero).replaceAll('NormalDist', 'LognormalDist')), 't'),
    'LognormalDistributionForBN',
  ],
  ['a triangle', network(continuous('t', '<TriangularDistributionForBN/>'), 't'), 'TriangularDistributionForBN'],
])('not supported: %s', async (_, xml, reason) => {
  const { code, message } = await refusal(xml)
  expect(code).toBe('MODEL_PMML_UNSUPPORTED')
  expect(message).toContain(reason)
})

test('not supported: a network of more than 2,000 nodes', async () => {
  const many = Array.from({ length: 2001 }, (_, i) => node(`n${i}`)).join('')
  expect((await refusal(network(many))).message).toContain('2001 nodes (at most 2000)')
})

test('not supported: a network whose answer needs too large a table', async () => {
  const many = Array.from({ length: 30 }, (_, i) => `v${i}`)
  // Every pair of 30 nodes has a child that is an input.
  const children = many.flatMap((one, i) => many.slice(i + 1).map((two) => [`${one}${two}`, one, two] as const))
  const combinations = (one: string, two: string) =>
    ['y', 'n'].flatMap((a) => ['y', 'n'].map((b) => row([one, a], [two, b]))).join('')
  const xml = document(
    Object.fromEntries([...many, ...children.map(([name]) => name)].map((name) => [name, 'string'])),
    `<BayesianNetworkModel functionName="classification"><MiningSchema>${children.map(([name]) => `<MiningField name="${name}"/>`).join('')}<MiningField name="v0" usageType="target"/></MiningSchema><BayesianNetworkNodes>${many.map((name) => node(name)).join('')}${children.map(([name, one, two]) => node(name, combinations(one, two))).join('')}</BayesianNetworkNodes></BayesianNetworkModel>`,
    '4.3',
  )
  expect((await refusal(xml)).message).toMatch(/a table of over 1048576 numbers/)
})
