import { describe, expect, it } from 'vitest'
import { Lifecycle, type Moves } from '../../src/core/lifecycle.ts'

const moves = { new: ['open', 'closed'], open: ['closed'], closed: [] } as const satisfies Moves<string>
type State = keyof typeof moves
const states = Object.keys(moves) as State[]

describe('Lifecycle', () => {
  it('allows the moves of its table and no other, and announces each once', () => {
    for (const from of states) {
      for (const to of states) {
        const announced: string[] = []
        const lifecycle = new Lifecycle<State>('door', moves, from, (a, b) => announced.push(`${a}>${b}`))
        const isAllowed = (moves[from] as readonly State[]).includes(to)
        expect(lifecycle.canMove(to)).toBe(isAllowed)
        if (isAllowed) {
          lifecycle.move(to)
          expect(announced).toEqual([`${from}>${to}`])
        } else if (from !== to) {
          expect(() => lifecycle.move(to)).toThrow(`door cannot go from "${from}" to "${to}"`)
        }
        expect(lifecycle.state).toBe(isAllowed ? to : from)
      }
    }
  })

  it('passes over a move to the state it is in', () => {
    const announced: string[] = []
    const lifecycle = new Lifecycle<State>('door', moves, 'closed', (a, b) => announced.push(`${a}>${b}`))
    lifecycle.move('closed')
    expect(announced).toEqual([])
  })

  it('says where it can go', () => {
    const door = (state: State) => new Lifecycle<State>('door', moves, state)
    expect(() => door('open').move('new')).toThrow('from "open" it can go to: closed')
    expect(() => door('closed').move('new')).toThrow('from "closed" it can go to: nothing')
  })
})
