import { describe, expect, it } from 'vitest'
import { parseConfigDocument } from '../../src/config/document.ts'
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
  const unknown = () => {
    throw new MillraceError('CONFIG_COMPONENT_UNKNOWN', { place: 'e.yaml', kind: 'transport', name: 'x', hint: '' })
  }

  it('gathers the faults of several checks, each with its place, and throws once', () => {
    const list = new FaultList('e.yaml', parseConfigDocument('a:\n  b: 1\n', 'e.yaml'))
    list.throwIfAny()
    const results = [
      list.collect(['a'], () => 3),
      list.collect(['a'], () => {
        throw new ConfigFaults('e.yaml', [fault('a'), fault('b')])
      }),
      list.collect(['a', 'b'], unknown),
    ]
    expect(results).toEqual([3, null, null])
    expect(() => list.throwIfAny()).toThrow('e.yaml has 3 faults')
    try {
      list.throwIfAny()
    } catch (thrown) {
      const { faults } = thrown as ConfigFaults
      expect(faults.map(({ path, line, column }) => [path, line, column])).toEqual([
        ['a', 1, 2],
        ['b', 1, 2],
        ['a.b', 2, 3],
      ])
    }
  })

  it('tells no line without a document, and lets other errors pass', () => {
    const list = new FaultList('the command line', null)
    list.collect(['a'], unknown)
    expect(() => list.throwIfAny()).toThrow('the command line has 1 fault')
    expect(() =>
      list.collect([], () => {
        throw new TypeError('a defect')
      }),
    ).toThrow(TypeError)
  })
})
