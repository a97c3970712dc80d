export type Random = () => number
/** One of a list. */
export const pick = <T>(rnd: Random, list: readonly T[]): T => list[Math.floor(rnd() * list.length)] as T

/** Values that no part of a document should trip over. */
const oddities = [
  -1,
  0,
  1,
  2,
  0.5,
  -0.5,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  -(2 ** 31),
  1e308,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  null,
  true,
  '',
  '-1',
  '7',
  '1e9',
  '4294967295',
  'nan',
  'x'.repeat(3000),
  '__proto__',
  [],
  {},
  [[]],
  [1, 'x'],
]

const words = [
  '-1',
  '0',
  '1',
  '4294967295',
  '1e999',
  'NaN',
  'null',
  '""',
  '[]',
  '{}',
  '[',
  '{',
  ']',
  '}',
  '"',
  '\\',
  ',',
  ' ',
]

/** Exchanges, takes away and repeats members and elements of a document. */
export function mutate(rnd: Random, root: unknown): void {
  const parents: (Record<string, unknown> | unknown[])[] = []
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    parents.push(value as Record<string, unknown>)
    for (const child of Object.values(value)) visit(child)
  }
  visit(root)
  const parent = pick(rnd, parents)
  const keys = Object.keys(parent)
  if (keys.length === 0) return
  const key = pick(rnd, keys)
  const target = parent as Record<string, unknown>
  const kind = rnd()
  if (kind < 0.5) target[key] = structuredClone(pick(rnd, oddities))
  else if (kind < 0.7) target[key] = structuredClone(target[pick(rnd, keys)])
  else if (Array.isArray(parent))
    parent.splice(Number(key), Math.floor(rnd() * 3), ...(rnd() < 0.5 ? [target[key]] : []))
  else if (rnd() < 0.5) delete target[key]
  else target[pick(rnd, keys)] = target[key]
}

/** The document as JSON; what JSON has no numbers for is spelled as XGBoost does. */
export function textOf(value: unknown): Uint8Array {
  const text = JSON.stringify(value, (_, v) => (typeof v === 'number' && !Number.isFinite(v) ? `@${v}` : v))
  return Buffer.from(text.replaceAll(/"@(-?Infinity|NaN)"/g, '$1'))
}

/** Cuts, repeats, moves and overwrites bytes. */
export function damage(rnd: Random, bytes: Buffer): Buffer {
  const at = Math.floor(rnd() * bytes.length)
  const length = Math.floor(rnd() ** 3 * 300)
  const kind = rnd()
  if (kind < 0.2) return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)])
  if (kind < 0.3) return bytes.subarray(0, at)
  if (kind < 0.4) return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at)])
  if (kind < 0.5) return Buffer.concat([bytes.subarray(0, at), Buffer.from(pick(rnd, words)), bytes.subarray(at)])
  const copy = Buffer.from(bytes)
  if (kind < 0.8) copy[at] = pick(rnd, [0, 1, 2, 0x7f, 0x80, 0xff, Math.floor(rnd() * 256)])
  else for (let i = 0; i < 4; i++) copy[at + i] = pick(rnd, [0, 0xff, Math.floor(rnd() * 256)])
  return copy
}
