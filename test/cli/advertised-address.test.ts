import { expect, test } from 'vitest'
import { advertisedAddress } from '../../src/cli/advertised-address.ts'

test.each([
  [{ host: '127.0.0.1' }, '127.0.0.1:8090'],
  [{ host: '::1' }, '[::1]:8090'],
  [{ host: '0.0.0.0' }, 'machine:8090'],
  [{ host: '::' }, 'machine:8090'],
  [{ host: '0.0.0.0', advertised: 'scorer-1' }, 'scorer-1:8090'],
  [{ host: '0.0.0.0', advertised: 'scorer-1:80' }, 'scorer-1:80'],
  [{ host: '0.0.0.0', advertised: '[fd00::1]:80' }, '[fd00::1]:80'],
  [{ host: '0.0.0.0', advertised: 'fd00::1' }, '[fd00::1]:8090'],
])('%j is reached at %s', (http, address) => {
  expect(advertisedAddress(http, '8090', 'machine')).toBe(address)
})
