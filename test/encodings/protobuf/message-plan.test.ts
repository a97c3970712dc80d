import { expect, test } from 'vitest'
import { planOf, wireTypeOf } from '../../../src/encodings/protobuf/message-plan.ts'
import { everything, typeOf } from './messages.ts'

const type = typeOf(everything, 'test.Everything')
type.root.resolveAll()
const plan = planOf(type)

test('presence, packing, oneofs and defaults are as the language says', () => {
  const field = (name: string) => plan.byName.get(name)
  expect(field('d')).toMatchObject({ hasPresence: false, default: 0, rivals: [] })
  expect(field('colour')).toMatchObject({ hasPresence: false, default: 'RED' })
  expect(field('maybe')).toMatchObject({ hasPresence: true, default: undefined, rivals: [] })
  expect(field('inner')).toMatchObject({ hasPresence: true, default: undefined })
  expect(field('number')).toMatchObject({ hasPresence: true, rivals: ['word', 'thing'] })
  expect(field('is')).toMatchObject({ isRepeated: true, isPacked: true })
  expect(field('longs')).toMatchObject({ isRepeated: true, isPacked: false })
  expect(field('texts')).toMatchObject({ isRepeated: true, isPacked: false })
  expect(field('byNumber')).toMatchObject({ mapKey: 'int32', isRepeated: false })
})

test('a recursive message is one plan', () => {
  const inner = plan.byName.get('inner')?.value
  if (inner?.kind !== 'message') throw new Error('expected a message')
  expect(inner.message.byName.get('next')?.value).toEqual(inner)
})

test('every value has the wire type of its kind', () => {
  const wires = Object.fromEntries(plan.fields.slice(0, 17).map((f) => [f.name, wireTypeOf(f.value)]))
  expect(wires).toMatchObject({ d: 1, f: 5, i32: 0, f64: 1, sf32: 5, text: 2, raw: 2, colour: 0, inner: 2 })
})
