import type { FlatGraph, FlatNode } from './flatten.ts'

/**
 * Names of the nodes that `targets` need, each after what it needs: its control inputs, then its inputs. The cycle of a TF 1.x loop is cut
 * where NextIteration feeds Merge. Independent nodes stand in the order in which they are asked for. Null when there is another cycle.
 */
export function nodeOrder({ nodes }: FlatGraph, targets: readonly string[]): string[] | null {
  const order: string[] = []
  const state = new Map<string, 'open' | 'done'>()
  const roots = [...targets]
  for (let r = 0; r < roots.length; r++) {
    const stack: { readonly name: string; readonly needs: readonly string[]; at: number }[] = []
    const enter = (name: string): boolean => {
      const node = nodes.get(name)
      const known = state.get(name)
      if (node === undefined || known === 'done') return true
      if (known === 'open') return false
      state.set(name, 'open')
      stack.push({ name, needs: needsOf(node, nodes, roots), at: 0 })
      return true
    }
    enter(roots[r] as string)
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const need = top.needs[top.at++]
      if (need !== undefined) {
        if (!enter(need)) return null
        continue
      }
      state.set(top.name, 'done')
      order.push(top.name)
      stack.pop()
    }
  }
  return order
}

function needsOf(node: FlatNode, nodes: FlatGraph['nodes'], later: string[]): readonly string[] {
  const inputs = node.inputs.map((input) => input.node)
  if (!/^(Ref)?Merge$/.test(node.op)) return [...node.controls, ...inputs]
  const isBack = (name: string) => /^(Ref)?NextIteration$/.test(nodes.get(name)?.op ?? '')
  later.push(...inputs.filter(isBack))
  return [...node.controls, ...inputs.filter((name) => !isBack(name))]
}
