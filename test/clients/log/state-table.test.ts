import { expect, it } from 'vitest'
import { setState, stateKeys, stateOf } from '../../../src/clients/log/state-table.ts'
import { openParts } from './open-log.ts'

it('keeps values apart by namespace and key; null removes', () => {
  const { file } = openParts()
  const put = (namespace: string, key: string, value: string | null) =>
    file.write(() => setState(file, namespace, key, value === null ? null : Buffer.from(value)))
  put('a', 'k', '1')
  put('b', 'k', '2')
  put('a', 'k', '3')
  put('a', 'j', '')
  expect(stateOf(file, 'a', 'k')).toEqual(new Uint8Array(Buffer.from('3')))
  expect(stateOf(file, 'a', 'j')).toEqual(new Uint8Array(0))
  expect(stateOf(file, 'a', 'i')).toBeNull()
  expect(stateKeys(file, 'a')).toEqual(['j', 'k'])
  put('a', 'k', null)
  put('a', 'k', null)
  expect(stateKeys(file, 'a')).toEqual(['j'])
  expect(stateKeys(file, 'b')).toEqual(['k'])
})
