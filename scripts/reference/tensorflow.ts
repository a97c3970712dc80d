import {
  assignments,
  calls,
  passes,
  silent,
  tableOps,
  variableOps,
} from '../../src/models/tensorflow/operator-kinds.ts'
import { operators } from '../../src/models/tensorflow/ops/registry.ts'
import { tfjsOperators } from '../../src/models/tensorflow/ops/tfjs.ts'
import { refusals } from '../../src/models/tensorflow/placement.ts'
import { code, heading } from './markdown.ts'

/** Operators of loops and branches of TensorFlow 1, which become While and If. */
const frames = ['Enter', 'Exit', 'LoopCond', 'Merge', 'NextIteration', 'Switch']

/** Page of what becomes of each operator of TensorFlow. */
export function tensorflowPage(): string {
  const rows = [...operators].map(([name, { emit, evaluate, except }]) => {
    const how = emit ? (evaluate ? 'ONNX or kernel' : 'ONNX') : 'kernel'
    return { name, how, except: except ?? '' }
  })
  const slow = [...tfjsOperators].map(([name, { except }]) => ({ name, how: 'tfjs', except }))
  const lines = [...rows, ...slow]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, how, except }) => `| ${code(name)} | ${how} | ${except} |`)
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
    `${operators.size} operators are translated. **ONNX**: becomes part of a graph that onnxruntime runs. **Kernel**: runs in TypeScript, before, between or after such graphs: text, tables, parsing, sparse tensors. **ONNX or kernel**: ONNX, but a kernel where the values are constant or stand between two kernels. **tfjs**: ${tfjsOperators.size} more, run node by node by tfjs, in JavaScript; its packages are loaded only for models that need them. A node that uses what the last column names, or that no row names, is refused by node and operator when the model is loaded; nothing is scored differently.\n`,
    'Numbers are computed in the types of TensorFlow. What differs: 16-bit floats are computed in 32 bits and rounded after each operator, as TensorFlow does, but sums are not rounded in between; products with constant weights of 512 rows or more, up to 65,536 numbers, are summed in 64 bits. Not left to tfjs, which computes them otherwise than TensorFlow: `LinSpace` (it adds up steps), `NonMaxSuppressionV5` (boxes that overlap by the threshold itself), `ImageProjectiveTransformV3` (halves are rounded another way), random numbers. Complex numbers exist only between Fourier transforms and the operators that make and take apart complex numbers.\n',
    `| operator | how | except for |\n| --- | --- | --- |\n${lines.join('\n')}\n`,
    '## Resolved when the graph is read\n',
    `${[...read].sort().map(code).join(', ')}.\n`,
    '## Refused with a reason\n',
    `${Object.entries(refusals)
      .map(([name, why]) => `- ${code(name)}: ${why.replace(/^the operator \w+[:,] ?/, '').replace(/,$/, '')}`)
      .join('\n')}\n`,
  ].join('\n')
}
