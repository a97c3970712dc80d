/** A table of numbers for every combination of the values of some variables; the last variable changes fastest. */
export interface Factor {
  readonly variables: readonly number[]
  readonly values: Float64Array
}

/** A factor of which some variables are fixed. */
interface View {
  readonly variables: readonly number[]
  readonly strides: readonly number[]
  readonly offset: number
  readonly values: Float64Array
}

/**
 * An order in which to sum out all variables but `kept`: each time the one that gives the smallest table. `largest` is the size of the
 * largest table on the way when nothing is observed (what is observed makes tables smaller only); the search ends where it exceeds `limit`.
 */
export function eliminationOrder(
  sizes: readonly number[],
  scopes: readonly (readonly number[])[],
  kept: readonly number[],
  limit = Number.POSITIVE_INFINITY,
): { readonly order: number[]; readonly largest: number } {
  const neighbors = sizes.map(() => new Set<number>())
  const connect = (variables: readonly number[]): void => {
    for (const v of variables) for (const other of variables) if (v !== other) neighbors[v]?.add(other)
  }
  const tableOf = (variables: Iterable<number>): number => {
    let size = 1
    for (const v of variables) size *= sizes[v] as number
    return size
  }
  for (const scope of scopes) connect(scope)
  connect(kept)
  const left = new Set(sizes.keys())
  for (const v of kept) left.delete(v)
  const costs = neighbors.map((others, v) => (sizes[v] as number) * tableOf(others))
  const order: number[] = []
  let largest = Math.max(tableOf(kept), ...scopes.map(tableOf))
  while (left.size > 0 && largest <= limit) {
    let best = -1
    for (const v of left) if (best < 0 || (costs[v] as number) < (costs[best] as number)) best = v
    largest = Math.max(largest, costs[best] as number)
    if (largest > limit) break
    left.delete(best)
    order.push(best)
    const others = [...(neighbors[best] as Set<number>)]
    connect(others)
    for (const v of others) {
      const own = neighbors[v] as Set<number>
      own.delete(best)
      costs[v] = (sizes[v] as number) * tableOf(own)
    }
  }
  return { order, largest }
}

/** What is asked of a network. */
export interface Query {
  /** Number of values of each variable. */
  readonly sizes: readonly number[]
  readonly order: readonly number[]
  /** Variables whose joint distribution is wanted. */
  readonly kept: readonly number[]
}

/**
 * Joint distribution of the kept variables given what is observed (`evidence[v]`, -1 = unknown), by variable elimination;
 * null when the evidence is impossible.
 */
export function posterior(query: Query, factors: readonly Factor[], evidence: Int32Array): Float64Array | null {
  const { sizes, order, kept } = query
  const isKept = new Set(kept)
  let views = factors.map((factor) => viewOf(factor, sizes, evidence, isKept))
  for (const v of kept) if ((evidence[v] as number) >= 0) views.push(certain(v, sizes, evidence[v] as number))
  for (const v of order) {
    if ((evidence[v] as number) >= 0) continue
    const involved = views.filter((view) => view.variables.includes(v))
    const others = [...new Set(involved.flatMap((view) => view.variables))].filter((other) => other !== v)
    views = views.filter((view) => !view.variables.includes(v))
    views.push(product(involved, others, v, sizes))
  }
  const joint = product(views, kept, -1, sizes).values
  let total = 0
  for (const p of joint) total += p
  return total > 0 ? joint.map((p) => p / total) : null
}

function viewOf(factor: Factor, sizes: readonly number[], evidence: Int32Array, kept: ReadonlySet<number>): View {
  const variables: number[] = []
  const strides: number[] = []
  let offset = 0
  let stride = 1
  for (let i = factor.variables.length - 1; i >= 0; i--) {
    const v = factor.variables[i] as number
    const observed = evidence[v] as number
    if (observed >= 0 && !kept.has(v)) offset += observed * stride
    else {
      variables.push(v)
      strides.push(stride)
    }
    stride *= sizes[v] as number
  }
  return { variables, strides, offset, values: factor.values }
}

function certain(v: number, sizes: readonly number[], value: number): View {
  const values = new Float64Array(sizes[v] as number)
  values[value] = 1
  return { variables: [v], strides: [1], offset: 0, values }
}

/** Numbers multiplied before the table is scaled again. */
const maxTerms = 8

/** Product of views as a table over `variables`, `summed` (-1 = none) summed out; its largest entry is 1, as long products would vanish. */
function product(views: readonly View[], variables: readonly number[], summed: number, sizes: readonly number[]): View {
  const all = summed < 0 ? variables : [...variables, summed]
  if (views.length > maxTerms) {
    const first = product(views.slice(0, maxTerms), all, -1, sizes)
    return product([first, ...views.slice(maxTerms)], variables, summed, sizes)
  }
  const inner = summed < 0 ? 1 : (sizes[summed] as number)
  const strides = views.map((view) => all.map((v) => view.strides[view.variables.indexOf(v)] ?? 0))
  const at = views.map((view) => view.offset)
  const counter = new Int32Array(variables.length)
  const size = variables.reduce((count, v) => count * (sizes[v] as number), 1)
  const values = new Float64Array(size)
  let largest = 0
  for (let i = 0; i < size; i++) {
    let sum = 0
    for (let k = 0; k < inner; k++) {
      let term = 1
      for (let f = 0; f < views.length; f++) {
        const step = summed < 0 ? 0 : k * ((strides[f] as number[])[variables.length] as number)
        term *= (views[f] as View).values[(at[f] as number) + step] as number
      }
      sum += term
    }
    values[i] = sum
    if (sum > largest) largest = sum
    advance(counter, variables, sizes, strides, at)
  }
  if (largest > 0) for (let i = 0; i < size; i++) values[i] = (values[i] as number) / largest
  return { variables, strides: stridesOf(variables, sizes), offset: 0, values }
}

/** Goes to the next combination: the last variable changes fastest. */
function advance(
  counter: Int32Array,
  variables: readonly number[],
  sizes: readonly number[],
  strides: readonly number[][],
  at: number[],
): void {
  for (let d = variables.length - 1; d >= 0; d--) {
    const count = sizes[variables[d] as number] as number
    const isWrapped = (counter[d] as number) + 1 === count
    counter[d] = isWrapped ? 0 : (counter[d] as number) + 1
    const steps = isWrapped ? 1 - count : 1
    for (let f = 0; f < at.length; f++) at[f] = (at[f] as number) + steps * ((strides[f] as number[])[d] as number)
    if (!isWrapped) return
  }
}

function stridesOf(variables: readonly number[], sizes: readonly number[]): number[] {
  const strides: number[] = new Array(variables.length)
  let stride = 1
  for (let i = variables.length - 1; i >= 0; i--) {
    strides[i] = stride
    stride *= sizes[variables[i] as number] as number
  }
  return strides
}
