// Answers bench/tensorflow.ts as bench/tensorflow-python.py does, by Millrace: whole tensors in, whole tensors out, on one thread.
import { basename } from 'node:path'
import { createInterface } from 'node:readline'
import { loadModel } from '../src/load-model.ts'
import type { Tensor } from '../src/schema/tensor.ts'

const shapes: Readonly<Record<string, readonly number[]>> = {
  dense: [784],
  small: [11],
  convolution: [28, 28, 1],
  deep: [64, 64, 3],
}
const [path = ''] = process.argv.slice(2)
const name = basename(path)
const model = await loadModel(path, { format: 'tensorflow' })
const key = model.signature.inputs[0]?.name ?? ''

function inputs(rows: number) {
  const shape = [rows, ...(shapes[name] ?? [])]
  const size = shape.reduce((a, b) => a * b, 1)
  return {
    [key]: { dtype: 'float32' as const, shape, data: Float32Array.from({ length: size }, (_, i) => (i % 17) / 8 - 1) },
  }
}

process.stdout.write('ready\n')
for await (const line of createInterface({ input: process.stdin })) {
  const [first = '', budget = '0'] = line.split(' ')
  if (first === 'predict') {
    const [output] = Object.values(await model.run(inputs(2))) as [Tensor]
    process.stdout.write(`${JSON.stringify(Array.from(output.data as Float32Array))}\n`)
    continue
  }
  const data = inputs(Number(first))
  let calls = 0
  const start = performance.now()
  while (performance.now() - start < Number(budget)) {
    for (let i = 0; i < 5; i++) await model.run(data)
    calls += 5
  }
  process.stdout.write(`${((performance.now() - start) / calls) * 1e6}\n`)
}
