/** Numbers of an event: a picture of 28 x 28 points. */
export const NUMBERS = 784

/** The schema of an event, as a stream descriptor states it. */
export const eventSchema = {
  type: 'record',
  name: 'Event',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'created', type: 'long' },
    { name: 'input', type: { type: 'array', items: 'float' } },
  ],
} as const

/**
 * Events of Crayfish (Horchidan et al., EDBT 2024): one picture of random 32-bit floats in [0, 1), each printed with the fewest digits that
 * read back as it, and the time of creation; about 8.4 KB. Crayfish nests the numbers in a batch of one: here they are a field.
 *
 * Example: `{"id":17,"created":1700000000017,"input":[0.07630829,0.77991885,…]}`.
 */
export function makeEvents(count: number): Buffer[] {
  const random = linear(17)
  return Array.from({ length: count }, (_, i) => {
    const numbers = Array.from({ length: NUMBERS }, () => shortest(Math.fround(random())))
    return Buffer.from(`{"id":${i},"created":${1_700_000_000_000 + i},"input":[${numbers.join(',')}]}`)
  })
}

/** Numbers in [0, 1), the same in every process. */
export function linear(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

function shortest(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const near = Number(value.toPrecision(digits))
    if (Math.fround(near) === value) return String(near)
  }
  return String(Number(value.toPrecision(9)))
}
