import { describe, expect, it } from 'vitest'
import { Telemetry } from '../../src/core/telemetry.ts'

const stopped = { engine: 'e', reason: 'r' }

describe('Telemetry', () => {
  it('gives each event to each listener, in the order of emission', () => {
    const telemetry = new Telemetry()
    const heard: unknown[] = []
    telemetry.listen((name, payload) => heard.push(['a', name, payload]))
    telemetry.listen((name, payload) => heard.push(['b', name, payload]))
    telemetry.emit('engineStopped', stopped)
    expect(heard).toEqual([
      ['a', 'engineStopped', stopped],
      ['b', 'engineStopped', stopped],
    ])
  })

  it('leaves a listener alone once it is removed, also while an event is under way', () => {
    const telemetry = new Telemetry()
    const heard: string[] = []
    const remove = telemetry.listen(() => {
      heard.push('first')
      remove()
    })
    telemetry.listen(() => heard.push('second'))
    telemetry.emit('engineStopped', stopped)
    telemetry.emit('engineStopped', stopped)
    remove()
    expect(heard).toEqual(['first', 'second', 'second'])
  })

  it('may have no listener', () => {
    expect(() => new Telemetry().emit('engineStopped', stopped)).not.toThrow()
  })
})
