/**
 * Lists of numbers in ASCII, separated by blanks, read from the bytes in place: a model of 500 MB is mostly such lists, and only a
 * part of them matters.
 *
 * A fault is a sentence, null when there is none; `into` is filled as far as the list goes.
 */

const blank = 0x20
const zero = 0x30
const minus = 0x2d
const plus = 0x2b

/** Numbers in the list, counted by their first bytes. */
export function countNumbers(bytes: Uint8Array, start: number, end: number): number {
  let count = 0
  let wasBlank = true
  for (let at = start; at < end; at++) {
    const isBlank = bytes[at] === blank
    if (wasBlank && !isBlank) count++
    wasBlank = isBlank
  }
  return count
}

/** Reads whole numbers of `[min, max]` (both inclusive, at most 10 digits) into the array, whose length is how many there must be. */
export function readIntegers(
  bytes: Uint8Array,
  start: number,
  end: number,
  into: { readonly length: number; [index: number]: number },
  { min, max }: { readonly min: number; readonly max: number },
): string | null {
  let count = 0
  let at = start
  for (;;) {
    while (at < end && bytes[at] === blank) at++
    if (at >= end) break
    if (count >= into.length) return countFault(countNumbers(bytes, start, end), into.length)
    const token = at
    const isNegative = bytes[at] === minus
    if (isNegative || bytes[at] === plus) at++
    let value = 0
    const digits = at
    for (; at < end && bytes[at] !== blank; at++) {
      const digit = (bytes[at] as number) - zero
      if (digit < 0 || digit > 9 || at - digits >= 10) return numberFault(bytes, token, end, count, 'a whole number')
      value = value * 10 + digit
    }
    if (at === digits) return numberFault(bytes, token, end, count, 'a whole number')
    if (isNegative) value = -value
    if (value < min || value > max) return `number ${count + 1} is ${value}, expected ${min} to ${max}`
    into[count++] = value
  }
  return count === into.length ? null : countFault(count, into.length)
}

/** Reads numbers, exactly rounded, into the array, whose length is how many there must be. `inf` counts as a number and `nan` only if allowed. */
export function readDoubles(
  bytes: Uint8Array,
  start: number,
  end: number,
  into: Float64Array,
  allowsNaN: boolean,
): string | null {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let count = 0
  let at = start
  for (;;) {
    while (at < end && bytes[at] === blank) at++
    if (at >= end) break
    if (count >= into.length) return countFault(countNumbers(bytes, start, end), into.length)
    const token = at
    while (at < end && bytes[at] !== blank) at++
    const value = at - token > maxToken ? null : doubleOf(text.toString('latin1', token, at))
    if (value === null || (!allowsNaN && Number.isNaN(value))) return numberFault(bytes, token, end, count, 'a number')
    into[count++] = value
  }
  return count === into.length ? null : countFault(count, into.length)
}

/** Longer texts are no numbers; a double needs 25 characters at the most as `%.17g` writes it. */
const maxToken = 400
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/
const special = /^([+-]?)(inf|infinity|nan)$/i

function doubleOf(token: string): number | null {
  if (decimal.test(token)) return Number(token)
  const found = special.exec(token)
  if (!found) return null
  if (found[2]?.toLowerCase() === 'nan') return Number.NaN
  return found[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
}

function countFault(count: number, expected: number): string {
  return `it has ${count} ${count === 1 ? 'number' : 'numbers'}, expected ${expected}`
}

function numberFault(bytes: Uint8Array, token: number, end: number, index: number, expected: string): string {
  let at = token
  while (at < end && at < token + 40 && bytes[at] !== blank) at++
  const text = Buffer.from(bytes.subarray(token, at)).toString('latin1')
  return `number ${index + 1} is ${JSON.stringify(text)}, expected ${expected}`
}
