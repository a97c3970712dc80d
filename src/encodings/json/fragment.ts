/** Bytes that are copied often: eight at a time, which may write up to seven bytes beyond their end. */
export class Fragment {
  readonly size: number
  readonly words: BigInt64Array

  constructor(bytes: Uint8Array) {
    this.size = bytes.length
    const padded = new Uint8Array((bytes.length + 7) & ~7)
    padded.set(bytes)
    const view = new DataView(padded.buffer)
    this.words = BigInt64Array.from({ length: padded.length >> 3 }, (_, i) => view.getBigInt64(i * 8, true))
  }
}

/** Objects found without a look into the map. */
const recent = 8
/** Larger objects are written anew: copies of them would take memory and save little. */
const maxBytes = 4096
/** Objects at one place that may come without any coming again before most are no longer looked at. */
const patience = 1024
/** Of the objects no longer looked at, every so many still is. */
const interval = 64

/**
 * Bytes of the frozen flat objects that come again and again at one place: stamps, predictions of a tree's leaves.
 *
 * An object is copied as bytes from its third appearance. Places where nothing comes again cost next to nothing.
 */
export class Constants {
  readonly #objects = new Array<object | null>(recent).fill(null)
  readonly #fragments = new Array<Fragment | null>(recent).fill(null)
  #next = 0
  /** null = appeared once. */
  readonly #known = new WeakMap<object, Fragment | null>()
  #patience = patience
  #passed = 0

  /** Bytes of an object that came at least twice, or null. */
  find(value: object): Fragment | null {
    const objects = this.#objects
    for (let i = 0; i < recent; i++) if (objects[i] === value) return this.#fragments[i] as Fragment
    return this.#recall(value)
  }

  #recall(value: object): Fragment | null {
    const found = this.#known.get(value) ?? null
    if (found !== null) this.#keep(value, found)
    return found
  }

  #keep(value: object, fragment: Fragment): void {
    this.#objects[this.#next] = value
    this.#fragments[this.#next] = fragment
    this.#next = (this.#next + 1) % recent
  }

  /** True when an object that was not found is worth `learn`. */
  get isCurious(): boolean {
    if (this.#patience > 0) return true
    this.#passed = (this.#passed + 1) % interval
    return this.#passed === 0
  }

  /** Takes note of an object that has just been written to `[start, end)`. True when it is found from now on. */
  learn(value: object, bytes: Uint8Array, start: number, end: number): boolean {
    const known = this.#known.get(value)
    if (known === undefined) {
      if (this.#patience > 0) this.#patience--
      if (end - start <= maxBytes && isConstant(value)) this.#known.set(value, null)
      return false
    }
    const fragment = known ?? new Fragment(bytes.subarray(start, end))
    this.#known.set(value, fragment)
    this.#keep(value, fragment)
    this.#patience = patience
    return true
  }
}

/** True for a frozen object without parts, getters or a prototype of its own: it can only be written in one way. */
function isConstant(value: object): boolean {
  if (Object.isExtensible(value) || !Object.isFrozen(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return false
  return Object.values(Object.getOwnPropertyDescriptors(value)).every(
    ({ get, value: part }) => get === undefined && (typeof part !== 'object' || part === null),
  )
}
