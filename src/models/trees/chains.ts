import type { EnsembleData } from './ensemble.ts'
import type { ImageWords } from './image-words.ts'
import { Place, TREE_LANES } from './kernel-layout.ts'
import type { Forest } from './trees.ts'

/**
 * A second copy of the nodes, for one row of skewed trees: eight chains are followed at a time, tree t in chain t % 8, and a leaf leads
 * to the root of its chain's next tree, so that no tree waits for a deeper one beside it. The lower half of a leaf's first word is
 * where in Place.reached its address goes; that of a test is its slot's place, as ever, and what is written there means nothing.
 */
export interface Chains {
  /** Bytes from a node to its copy. */
  readonly offset: number
  /** Address of the first nodes, one per chain. */
  readonly starts: number
  /** The node at which chains end. */
  readonly end: number
  /** Address of the leaf that is reached in the first tree; those in other trees follow. */
  readonly reached: number
}

/** Chains of fewer trees differ too much in length. */
const MIN_TREES = 64
/** What a tree costs besides its tests, in steps: one leads on from the leaf, one and a half go into adding leaves in a pass of its own. */
const STEPS_PER_TREE = 2
/** Groups of eight end before their deepest leaf where no row of the eight goes that far. */
const GROUP_GAIN = 1.25

/** Whether chains are faster than groups of eight trees that wait for their deepest: skewed trees, whose leaves lie far above that. */
export function suitsChains({ forest, trees }: Pick<EnsembleData, 'forest' | 'trees'>, slots: number): boolean {
  if (trees < MIN_TREES || slots * 16 + trees * 4 > 2 ** 16) return false
  let steps = 0
  for (let tree = 0; tree < trees; tree += TREE_LANES)
    steps += forest.depths.subarray(tree, tree + TREE_LANES).reduce((a, b) => Math.max(a, b), 0) * TREE_LANES
  return steps > GROUP_GAIN * (leafDepths(forest) + trees * STEPS_PER_TREE)
}

/** The sum of the trees' mean depths of leaves. */
function leafDepths({ falseChild, roots }: Forest): number {
  const depths = new Int32Array(falseChild.length)
  let sum = 0
  for (const [tree, root] of roots.entries()) {
    const end = roots[tree + 1] ?? falseChild.length
    let [total, leaves] = [0, 0]
    // Children come after their test.
    for (let node = root; node < end; node++) {
      const child = falseChild[node] as number
      if (child === node) {
        total += depths[node] as number
        leaves++
      } else depths[child] = depths[child + 1] = (depths[node] as number) + 1
    }
    sum += total / leaves
  }
  return sum
}

/** Bytes of the chains of so many nodes. */
export const chainsBytes = (nodes: number): number => (nodes + 1) * 8 + TREE_LANES * 4

/** Writes the chains at `at` from the nodes that are in the image. */
export function writeChains(
  image: ImageWords,
  at: number,
  leafOf: Int32Array,
  { roots }: Forest,
  slots: number,
): Chains {
  const offset = at - Place.image
  const end = offset + leafOf.length * 8
  const starts = Place.image + end + 8
  // Trees follow each other, so that a root has its place in both orders of nodes.
  const rootOf = (tree: number): number => (tree < roots.length ? offset + (roots[tree] as number) * 8 : end)
  for (let tree = 0; tree < roots.length; tree++)
    for (let node = roots[tree] as number; node < (roots[tree + 1] ?? leafOf.length); node++) {
      const isLeaf = leafOf[node] !== -1
      const from = Place.image + node * 8
      image.put(from + offset, isLeaf ? 0xffff0000 | (slots * 16 + tree * 4) : image.get(from))
      image.put(from + offset + 4, isLeaf ? rootOf(tree + TREE_LANES) : image.get(from + 4) + offset)
    }
  image.put(Place.image + end, 0xffff0000)
  image.put(Place.image + end + 4, end)
  for (let chain = 0; chain < TREE_LANES; chain++) image.put(starts + chain * 4, rootOf(chain))
  return { offset, starts, end, reached: Place.reached + slots * 16 }
}
