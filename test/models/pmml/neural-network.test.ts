import { expect, test } from 'vitest'
import { document, schema, score } from './documents.ts'

const numbers = { x: 'double', z: 'double', y: 'double' }
const near = (value: number) => expect.closeTo(value, 12)

test('NeuralNetwork: layers, activation and scaling back', async () => {
  const xml = document(
    numbers,
    `<NeuralNetwork functionName="regression" activationFunction="tanh">${schema(['x', 'z'])}<NeuralInputs><NeuralInput id="a"><DerivedField optype="continuous" dataType="double"><FieldRef field="x"/></DerivedField></NeuralInput></NeuralInputs><NeuralLayer><Neuron id="h" bias="0.5"><Con from="a" weight="2"/></Neuron></NeuralLayer><NeuralLayer activationFunction="identity"><Neuron id="o"><Con from="h" weight="3"/></Neuron></NeuralLayer><NeuralOutputs><NeuralOutput outputNeuron="o"><DerivedField optype="continuous" dataType="double"><NormContinuous field="y"><LinearNorm orig="10" norm="0"/><LinearNorm orig="20" norm="1"/></NormContinuous></DerivedField></NeuralOutput></NeuralOutputs></NeuralNetwork>`,
  )
  expect(await score(xml, [{ x: 1 }, {}])).toEqual([{ y: near(10 + 30 * Math.tanh(2.5)) }, { y: null }])
})

test('the entity of a classification is its output neuron', async () => {
  const input =
    '<NeuralInput id="in"><DerivedField optype="continuous" dataType="double"><FieldRef field="x"/></DerivedField></NeuralInput>'
  const neuron = (id: string, weight: number) => `<Neuron id="${id}"><Con from="in" weight="${weight}"/></Neuron>`
  const output = (id: string, value: string) =>
    `<NeuralOutput outputNeuron="${id}"><DerivedField optype="categorical" dataType="string"><NormDiscrete field="y" value="${value}"/></DerivedField></NeuralOutput>`
  const xml = document(
    { x: 'double', y: 'string' },
    `<NeuralNetwork functionName="classification" activationFunction="identity">${schema(['x'])}<Output><OutputField name="neuron" feature="entityId"/></Output><NeuralInputs>${input}</NeuralInputs><NeuralLayer>${neuron('n7', 1)}${neuron('n8', -1)}</NeuralLayer><NeuralOutputs>${output('n7', 'A')}${output('n8', 'B')}</NeuralOutputs></NeuralNetwork>`,
  )
  expect(await score(xml, [{ x: 2 }, { x: -2 }, {}])).toEqual([
    { y: 'A', neuron: 'n7' },
    { y: 'B', neuron: 'n8' },
    { y: null, neuron: null },
  ])
})
