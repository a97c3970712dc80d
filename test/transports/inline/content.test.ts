import { expect, test } from 'vitest'
import { bytesAt } from '../../../src/core/bytes.ts'
import { contentOf } from '../../../src/transports/inline/content.ts'

test('text and base64 give the same bytes, as records or as one piece', () => {
  const list = contentOf({ records: ['a', 'é'] }, 'here')
  const binary = contentOf({ binaryRecords: ['YQ==', 'w6k='] }, 'here')
  if (!list.isList || !binary.isList) throw new Error('both are lists')
  for (const i of [0, 1]) expect(bytesAt(list.records, i)).toEqual(bytesAt(binary.records, i))
  expect(contentOf({ text: 'é' }, 'here')).toEqual(contentOf({ binary: 'w6k=' }, 'here'))
})

test('an empty text is content', () => {
  expect(contentOf({ text: '' }, 'here')).toMatchObject({ isList: false })
})

test('none or two of the options are an error that names them', () => {
  expect(() => contentOf({}, 'here')).toThrow('without content, expected exactly one of records')
  expect(() => contentOf({ text: 'a', records: [] }, 'here')).toThrow('given with records and text')
})
