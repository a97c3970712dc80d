/** What a member is told, in the shape of the transports' `AssignmentChange`. */
export interface ShareChange {
  /** All partitions that are the member's from now on, in rising order. */
  readonly partitions: readonly number[]
  /** True when what is missing since the last change is somebody else's already. */
  readonly isLost: boolean
}

/**
 * Which partitions of a topic a member has: what its group gives it, less those whose tasks have still to end.
 *
 * ```
 *            give                  give without it                 release
 * (not ours) ────► announced ───────────────────────► draining ───────────► (not ours)
 *                      │                                 │  ▲
 *                      └────────── lose ──────► lost ◄───┘  │ a partition that is given again while it drains or is lost
 *                                                           ┘ is announced again only after its release
 * ```
 *
 * Draining partitions are still the member's towards the group, lost ones are not. Changes come out of `next` in the order
 * in which they came about; none is left out, so that who follows them releases each partition once per loss.
 */
export class GroupShare {
  readonly #changes: ShareChange[] = []
  #given: ReadonlySet<number> = new Set()
  #announced: ReadonlySet<number> = new Set()
  readonly #draining = new Set<number>()
  readonly #lost = new Set<number>()
  #hasAnnounced = false
  #end: { readonly error: unknown } | null = null
  #waiter: (() => void) | null = null

  /** Partitions that the group must not give to others: announced and draining ones, in rising order. */
  get owned(): readonly number[] {
    return rising([...this.#announced, ...this.#draining])
  }

  /** True while partitions wait for their release before the group may have them back. */
  get isDraining(): boolean {
    return this.#draining.size > 0
  }

  /** The group says what is the member's now. */
  give(partitions: Iterable<number>): void {
    this.#given = new Set(partitions)
    for (const partition of this.#announced) if (!this.#given.has(partition)) this.#draining.add(partition)
    this.#announce(false)
  }

  /** The group says that nothing is the member's any more, and has not been for some time. */
  lose(): void {
    const hadAny = this.#announced.size > 0
    this.#given = new Set()
    for (const partition of [...this.#announced, ...this.#draining]) this.#lost.add(partition)
    this.#draining.clear()
    if (hadAny) this.#announce(true)
  }

  /** The tasks of these partitions have ended. */
  release(partitions: readonly number[]): void {
    for (const partition of partitions) {
      this.#draining.delete(partition)
      this.#lost.delete(partition)
    }
    if (this.#hasAnnounced) this.#announce(false)
  }

  /** The next change; waits for it. Null after `end(null)`, rejects after `end(error)`, once all changes are told. Calls do not overlap. */
  async next(): Promise<ShareChange | null> {
    for (;;) {
      const change = this.#changes.shift()
      if (change) return change
      if (this.#end?.error) throw this.#end.error
      if (this.#end) return null
      await new Promise<void>((resolve) => {
        this.#waiter = resolve
      })
    }
  }

  /** Nothing will change any more; the first call counts. */
  end(error: unknown): void {
    this.#end ??= { error }
    this.#wake()
  }

  #announce(isLost: boolean): void {
    const waits = (partition: number) => this.#draining.has(partition) || this.#lost.has(partition)
    const partitions = rising([...this.#given].filter((partition) => !waits(partition)))
    const isSame = partitions.length === this.#announced.size && partitions.every((p) => this.#announced.has(p))
    if (isSame && this.#hasAnnounced && !isLost) return
    this.#announced = new Set(partitions)
    this.#hasAnnounced = true
    this.#changes.push({ partitions, isLost })
    this.#wake()
  }

  #wake(): void {
    this.#waiter?.()
    this.#waiter = null
  }
}

/** Partitions in rising order. */
export function rising(partitions: readonly number[]): number[] {
  return [...partitions].sort((a, b) => a - b)
}
