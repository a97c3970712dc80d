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
