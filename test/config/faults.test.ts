import { describe, expect, it } from 'vitest'
import { ConfigFaults, type Fault, FaultList } from '../../src/config/faults.ts'
import { MillraceError } from '../../src/core/errors.ts'

function fault(option: string): Fault {
  return { code: 'CONFIG_OPTION_MISSING', path: option, line: 1, column: 2, message: `e.yaml:1:2: ${option}` }
}

describe('ConfigFaults', () => {
  it('is a MillraceError that keeps all faults and tells the first', () => {
    const error = new ConfigFaults('e.yaml', [fault('a'), fault('b')])
    expect(error).toBeInstanceOf(MillraceError)
    expect(error.faults).toHaveLength(2)
    expect(error.message).toBe('e.yaml has 2 faults, the first: e.yaml:1:2: a')
    expect(new ConfigFaults('e.yaml', [fault('a')]).message).toBe('e.yaml has 1 fault: e.yaml:1:2: a')
  })
})

describe('FaultList', () => {
  it('gathers the faults of several checks and throws once', () => {
    const list = new FaultList('e.yaml')
    list.throwIfAny()
    const results = [
      list.attempt(() => 3),
      list.attempt(() => {
        throw new ConfigFaults('e.yaml', [fault('a'), fault('b')])
      }),
      list.attempt(() => {
        const parameters = { place: 'e.yaml:7:9', kind: 'transport', name: 'x', hint: '' }
        throw new MillraceError('CONFIG_COMPONENT_UNKNOWN', parameters)
      }),
    ]
    expect(results).toEqual([3, null, null])
    expect(list.faults.map(({ line, column }) => [line, column])).toEqual([
      [1, 2],
      [1, 2],
      [7, 9],
    ])
    expect(() => list.throwIfAny()).toThrow('e.yaml has 3 faults')
  })

  it('lets other errors pass', () => {
    const list = new FaultList('e.yaml')
    expect(() =>
      list.attempt(() => {
        throw new TypeError('a defect')
      }),
    ).toThrow(TypeError)
  })
})
