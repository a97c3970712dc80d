import { expect, test } from 'vitest'
import { registry as shipped } from '../../src/components.ts'
import { Registry } from '../../src/config/registry.ts'
import { normalise } from '../../src/streams/descriptor.ts'
import { isDivisible, openStreamAssignment } from '../../src/streams/stream-assignment.ts'
import type { Assignment, Transport, TransportContext } from '../../src/transports/transport.ts'
import { contextFor } from '../support/transport-context.ts'

const log = shipped.get<Transport>('transport', 'log', 'test')
const json = shipped.get('encoding', 'json', 'test')

test('a transport that divides its partitions is given the context of the stream and the address of the instance', async () => {
  const found: (TransportContext & { address: string | null })[] = []
  const assignment = {} as Assignment
  const divided: Transport = {
    ...log,
    openAssignment: async (_options, context) => {
      found.push(context)
      return assignment
    },
  }
  const registry = new Registry([divided, json])
  const descriptor = normalise(
    { transport: { type: 'log', topic: 'in' }, start: 'latest' },
    { source: 'test' },
    registry,
  )
  const { isLooping: _looping, start: _start, ...context } = contextFor()
  expect(isDivisible(descriptor, registry, 'test')).toBe(true)
  expect(await openStreamAssignment(descriptor, registry, { ...context, address: 'here:1' })).toBe(assignment)
  expect(found[0]).toMatchObject({ address: 'here:1', start: 'latest', isLooping: false })
})

test('the partitions of other transports are not divided', async () => {
  const descriptor = normalise('log:in', { source: 'test' }, shipped)
  const { isLooping: _looping, start: _start, ...context } = contextFor()
  expect(isDivisible(descriptor, shipped, 'test')).toBe(false)
  expect(await openStreamAssignment(descriptor, shipped, { ...context, address: null })).toBeNull()
})
