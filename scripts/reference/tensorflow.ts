import {
  assignments,
  calls,
  passes,
  silent,
  tableOps,
  variableOps,
} from '../../src/models/tensorflow/operator-kinds.ts'
import { operators } from '../../src/models/tensorflow/ops/registry.ts'
import { refusals } from '../../src/models/tensorflow/placement.ts'
import { code, heading } from './markdown.ts'

/** Operators of loops and branches of TensorFlow 1, which become While and If. */
const frames = ['Enter', 'Exit', 'LoopCond', 'Merge', 'NextIteration', 'Switch']

/** Page of what becomes of each operator of TensorFlow. */
export function tensorflowPage(): string {
  const lines = [...operators]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { emit, evaluate, except }]) => {
      const how = emit ? (evaluate ? 'ONNX or kernel' : 'ONNX') : 'kernel'
      return `| ${code(name)} | ${how} | ${except ?? ''} |`
    })
  const read = new Set([
    ...passes,
    ...silent,
    ...Object.keys(calls),
    ...Object.keys(variableOps),
    ...Object.keys(assignments),
    ...tableOps,
    ...frames,
    'Placeholder',
    'Const',
    'ReadVariableOp',
  ])
  return [
    heading('Operators of TensorFlow'),
    `${operators.size} operators are translated. **ONNX**: becomes part of a graph that onnxruntime runs. **Kernel**: runs in TypeScript, before, between or after such graphs: text, tables, parsing, sparse tensors. **ONNX or kernel**: ONNX, but a kernel where the values are constant or stand between two kernels. A node that uses what the last column names, or that no row names, is refused by node and operator when the model is loaded; nothing is scored differently.\n`,
    'Numbers are computed in the types of TensorFlow. What differs: 16-bit floats are computed in 32 bits and rounded after each operator, as TensorFlow does, but sums are not rounded in between; products with constant weights of 512 rows or more, up to 65,536 numbers, are summed in 64 bits. tfjs is not used as a fallback.\n',
    `| operator | how | except for |\n| --- | --- | --- |\n${lines.join('\n')}\n`,
    '## Resolved when the graph is read\n',
    `${[...read].sort().map(code).join(', ')}.\n`,
    '## Refused with a reason\n',
    `${Object.entries(refusals)
      .map(([name, why]) => `- ${code(name)}: ${why.replace(/^the operator \w+[:,] ?/, '').replace(/,$/, '')}`)
      .join('\n')}\n`,
  ].join('\n')
}
