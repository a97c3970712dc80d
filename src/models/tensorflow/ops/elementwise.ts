import type { Emission } from '../emission.ts'
import { broadcast } from '../emission.ts'
import type { Layout, Value } from '../value.ts'

/**
 * The layout in which operands meet: channels first where one of them exists only so and the others can follow without a Transpose at
 * run time.
 */
export function commonLayout(e: Emission, values: readonly Value[]): Layout {
  const main = values.find((value) => value.prefersFirst(e.scope))
  if (!main) return 'plain'
  const follows = (value: Value) =>
    value.prefersFirst(e.scope)
      ? value.rank === main.rank
      : value.rank === 0 || value.rank === 1 || (value.constant !== null && value.rank === main.rank)
  return values.every(follows) ? 'first' : 'plain'
}

/** Name of an operand in a layout of tensors of `rank` dimensions. */
export function operand(e: Emission, value: Value, layout: Layout, rank: number): string {
  if (layout === 'plain' || value.rank === 0) return e.scope.nameOf(value)
  if (value.rank !== 1) return e.scope.nameOf(value, 'first')
  if (value.constant) {
    const { dtype, data } = value.constant
    return e.constant({ dtype, data, shape: [data.length, ...new Array<number>(rank - 2).fill(1)] })
  }
  return e.op('Reshape', [e.scope.nameOf(value), e.ints([-1, ...new Array<number>(rank - 2).fill(1)])])
}

/** Operands in a common layout, by name. */
export function operands(
  e: Emission,
  values: readonly Value[],
): { readonly layout: Layout; readonly names: readonly string[]; readonly shape: Value['shape'] } {
  const layout = commonLayout(e, values)
  const rank = Math.max(...values.map((value) => value.rank ?? 0))
  const names = values.map((value) => operand(e, value, layout, rank))
  return { layout, names, shape: broadcast(...values.map((value) => value.shape)) }
}
