import { expect, test } from 'vitest'
import { columnOf } from '../../src/core/bytes.ts'
import { framesOf } from '../../src/core/frames.ts'
import { normalise } from '../../src/streams/descriptor.ts'
import { openStreamDecoder } from '../../src/streams/stream-decoder.ts'
import { standInRegistry } from '../support/stand-ins.ts'
import { contextFor } from '../support/transport-context.ts'

test('errors carry the place of their record and keep code, sentence and cause', () => {
  const registry = standInRegistry()
  const { isLooping: _isLooping, start: _start, ...context } = contextFor({ partition: 4 })
  const decode = openStreamDecoder(
    normalise({ transport: 'rest', schema: 'int' }, { name: 's' }, registry),
    registry,
    context,
  )
  const batch = framesOf(columnOf([Buffer.from('1'), Buffer.from('"a"')]), 70)
  const { values, errors } = decode(batch)
  expect(values).toEqual([1, undefined])
  expect(errors?.get(1)).toMatchObject({
    code: 'SCHEMA_MISMATCH',
    message: 'record: expected int, got "a"',
    parameters: { place: 's/4@71' },
  })
  expect(decode(framesOf(columnOf([Buffer.from('1')]))).errors).toBeNull()
})
