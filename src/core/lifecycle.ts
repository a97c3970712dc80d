import { MillraceError } from './errors.ts'

/** Legal moves of a thing with a life cycle: state to the states that may follow it. */
export type Moves<S extends string> = { readonly [From in S]: readonly S[] }

/**
 * The current state of one thing, and the only way to change it: `move` checks against the table and announces.
 * A move to the current state is passed over (life-cycle calls are idempotent).
 */
export class Lifecycle<S extends string> {
  readonly #subject: string
  readonly #moves: Moves<S>
  readonly #announce: (from: S, to: S) => void
  #state: S

  constructor(subject: string, moves: Moves<S>, initial: S, announce: (from: S, to: S) => void = () => {}) {
    this.#subject = subject
    this.#moves = moves
    this.#state = initial
    this.#announce = announce
  }

  get state(): S {
    return this.#state
  }

  canMove(to: S): boolean {
    return this.#moves[this.#state].includes(to)
  }

  move(to: S): void {
    const from = this.#state
    if (from === to) return
    if (!this.canMove(to)) {
      const allowed = this.#moves[from].join(', ') || 'nothing'
      throw new MillraceError('CORE_ILLEGAL_MOVE', { subject: this.#subject, from, to, allowed })
    }
    this.#state = to
    this.#announce(from, to)
  }
}
