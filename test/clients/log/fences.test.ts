import { expect, it } from 'vitest'
import { checkFence, takeFence } from '../../../src/clients/log/fences.ts'
import { openParts } from './open-log.ts'

it('belongs to the last who took it, name by name', () => {
  const { file } = openParts()
  const first = file.write(() => takeFence(file, 'task a'))
  const other = file.write(() => takeFence(file, 'task b'))
  const second = file.write(() => takeFence(file, 'task a'))
  expect(second.epoch).toBeGreaterThan(first.epoch)
  expect(() => checkFence(file, first)).toThrow(
    /"task a" was taken over by another owner: its epoch is 2, this owner has 1/,
  )
  checkFence(file, second)
  checkFence(file, other)
  expect(() => checkFence(file, { name: 'task c', epoch: 1 })).toThrow(/its epoch is 0/)
})

it('was not taken when the transaction did not commit', () => {
  const { file } = openParts()
  const first = file.write(() => takeFence(file, 'task'))
  expect(() =>
    file.write(() => {
      takeFence(file, 'task')
      throw new RangeError('no')
    }),
  ).toThrow(RangeError)
  checkFence(file, first)
})
