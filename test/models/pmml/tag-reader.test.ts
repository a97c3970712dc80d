import { expect, test } from 'vitest'
import { TagReader } from '../../../src/models/pmml/tag-reader.ts'
import { readXml } from '../../../src/models/pmml/xml.ts'

test('attributes are met in order, by the number of their name, with the bytes and the text of their value', () => {
  const { document } = readXml(Buffer.from(`<a><b/><c  x = "1>" y='&lt;' x2=""/></a>`), 't')
  const tag = new TagReader(document.tape)
  const found: unknown[] = []
  for (const element of [2, 1, 0]) {
    tag.open(element)
    while (tag.next()) found.push([tag.name, tag.end - tag.start, tag.text()])
  }
  expect(found).toEqual([
    [document.nameNumber('x'), 2, '1>'],
    [document.nameNumber('y'), 4, '<'],
    [document.nameNumber('x2'), 0, ''],
  ])
})
