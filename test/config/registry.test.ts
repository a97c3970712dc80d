import { describe, expect, it } from 'vitest'
import type { Component, Kind } from '../../src/config/component.ts'
import { Registry } from '../../src/config/registry.ts'

function component(kind: Kind, name: string): Component {
  return { kind, name, summary: 'made up', stability: 'stable', since: '0.1.0', options: {} }
}

const file = component('transport', 'file')
const registry = new Registry([file, component('transport', 'discard'), component('encoding', 'file')])

describe('Registry', () => {
  it('gives the component of a kind and name', () => {
    expect(registry.get('transport', 'file', 'x')).toBe(file)
    expect(registry.get('encoding', 'file', 'x')).not.toBe(file)
  })

  it('answers an unknown name with the place and the closest name of that kind', () => {
    expect(() => registry.get('transport', 'fiel', 'engine.yaml:3:5')).toThrow(
      'engine.yaml:3:5: no transport is named "fiel"; did you mean "file"?',
    )
    expect(() => registry.get('format', 'file', 'here')).toThrow('here: no format is named "file"')
  })

  it('lists a kind by name', () => {
    expect(registry.list('transport').map(({ name }) => name)).toEqual(['discard', 'file'])
    expect(registry.list('state')).toEqual([])
  })

  it('refuses two components of one kind and name', () => {
    expect(() => new Registry([file, component('transport', 'file')])).toThrow(
      'two components are named transport "file"',
    )
  })
})
