/** Class of a byte that is white space. */
export const BLANK = 1
/** Class of a byte that a name may start with; bytes from 128 on belong to characters that are looked at one by one. */
export const NAME_START = 2
/** Class of a byte that may be in a name. */
export const NAME = 4
/** Ends the quick run through text: `<`, `&`, `]` and characters that XML forbids. */
export const TEXT_STOP = 8
/** Ends the quick run through an attribute value: quotes, `<`, `&` and forbidden characters. */
export const VALUE_STOP = 16

/** Classes of each byte, added up. */
export const classes = new Uint8Array(256)
for (const byte of [9, 10, 13, 32]) classes[byte] = BLANK
for (let byte = 0; byte < 32; byte++) if (classes[byte] === 0) classes[byte] = TEXT_STOP | VALUE_STOP
for (const byte of '<&') classes[byte.charCodeAt(0)] = TEXT_STOP | VALUE_STOP
for (const byte of '"\'') classes[byte.charCodeAt(0)] = VALUE_STOP
for (const byte of ']') classes[byte.charCodeAt(0)] = TEXT_STOP
for (const byte of ':_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz')
  classes[byte.charCodeAt(0)] = NAME_START | NAME
for (const byte of '-.0123456789') classes[byte.charCodeAt(0)] = NAME

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** The character that a reference stands for (its text between `&` and `;`), or null when there is none. */
export function characterOf(name: string): string | null {
  if (!name.startsWith('#')) return Object.hasOwn(entities, name) ? (entities[name] as string) : null
  const digits = /^#(?:x([0-9A-Fa-f]{1,30})|([0-9]{1,30}))$/.exec(name)
  if (!digits) return null
  const point = digits[1] !== undefined ? Number.parseInt(digits[1], 16) : Number(digits[2])
  const isAllowed =
    point === 9 ||
    point === 10 ||
    point === 13 ||
    (point >= 0x20 && point <= 0xd7ff) ||
    (point >= 0xe000 && point <= 0xfffd) ||
    (point >= 0x10000 && point <= 0x10ffff)
  return isAllowed ? String.fromCodePoint(point) : null
}

/** Bytes as text, one character each: right for ASCII. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.prototype.latin1Slice.call(bytes, start, end)
}

/** Code point of the character of two or more bytes at `at`. */
export function codePointAt(bytes: Uint8Array, at: number): number {
  const [a, b, c, d] = [bytes[at] as number, bytes[at + 1] as number, bytes[at + 2] as number, bytes[at + 3] as number]
  if (a < 0xe0) return ((a & 0x1f) << 6) | (b & 0x3f)
  if (a < 0xf0) return ((a & 0x0f) << 12) | ((b & 0x3f) << 6) | (c & 0x3f)
  return ((a & 0x07) << 18) | ((b & 0x3f) << 12) | ((c & 0x3f) << 6) | (d & 0x3f)
}

/** NameStartChar of XML 1.0 (fifth edition) beyond ASCII. */
export function isNameStart(point: number): boolean {
  return (
    (point >= 0xc0 && point <= 0x2ff && point !== 0xd7 && point !== 0xf7) ||
    (point >= 0x370 && point <= 0x1fff && point !== 0x37e) ||
    point === 0x200c ||
    point === 0x200d ||
    (point >= 0x2070 && point <= 0x218f) ||
    (point >= 0x2c00 && point <= 0x2fef) ||
    (point >= 0x3001 && point <= 0xd7ff) ||
    (point >= 0xf900 && point <= 0xfdcf) ||
    (point >= 0xfdf0 && point <= 0xfffd) ||
    (point >= 0x10000 && point <= 0xeffff)
  )
}

/** NameChar that no name starts with, beyond ASCII. */
export function isNameExtra(point: number): boolean {
  return point === 0xb7 || (point >= 0x300 && point <= 0x36f) || point === 0x203f || point === 0x2040
}
