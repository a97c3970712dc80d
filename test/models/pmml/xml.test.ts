import { expect, test } from 'vitest'
import { readXml } from '../../../src/models/pmml/xml.ts'

const read = (text: string | Buffer) => readXml(Buffer.from(text as string), 'test.pmml')

test('names are local, text keeps its blanks, places count from one', () => {
  const root = read('<a xmlns:d="u">\n  <d:b k="1"> x </d:b>\n</a>')
  expect(root).toMatchObject({ name: 'a', text: '', line: 1, column: 1 })
  expect(root.children).toMatchObject([{ name: 'b', text: ' x ', attributes: { k: '1' }, line: 2, column: 3 }])
})

test('the declared encoding is read', () => {
  const bytes = Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a k="\xe9"/>', 'latin1')
  expect(readXml(bytes, 't').attributes['k']).toBe('é')
  expect(readXml(Buffer.from('\ufeff<a k="é"/>', 'utf16le'), 't').attributes['k']).toBe('é')
})

test('a document type, too many attributes and an empty document are refused', () => {
  expect(() => read('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>')).toThrow('a DOCTYPE is not allowed')
  expect(() => read(`<a ${Array.from({ length: 5000 }, (_, i) => `k${i}=""`).join(' ')}/>`)).toThrow(
    'exceeds the limit of 4096 attributes in one element',
  )
  expect(() => read('')).toThrow('line 1')
  expect(() => read('<a>&unknown;</a>')).toThrow('undefined entity')
})

test('lines end as XML has them, columns count characters', () => {
  const root = read('<a>\r\n<b/>\r<c/>\n\u{1f600}é<d/></a>')
  expect(root.children.map(({ line, column }) => [line, column])).toEqual([
    [2, 1],
    [3, 1],
    [4, 3],
  ])
  expect(() => read('<a>\r\n é</b>')).toThrow(/line 2, column 3: unexpected closing tag: b, expected a/)
})

test('a document that says UTF-16 but is not is read as what it is; bytes that are no UTF-8 are replaced', () => {
  expect(read('<?xml version="1.0" encoding="UTF-16"?><a k="é"/>').attributes['k']).toBe('é')
  expect(readXml(Buffer.from('<a k="\xff"/>', 'latin1'), 't').attributes['k']).toBe('\ufffd')
})

test('children by name, and what text there is between them', () => {
  const root = read('<a>x<b/>y<!-- <b/> --><c><b>no</b></c><![CDATA[<b/>]]>&amp;<b k="1"/></a>')
  expect(root.childrenNamed('b').map((b) => b.attributes['k'])).toEqual([undefined, '1'])
  expect(root.childNamed('c')?.childNamed('b')?.text).toBe('no')
  expect(root.childNamed('z')).toBeNull()
  expect(root.text).toBe('xy<b/>&')
  expect(Object.fromEntries(root.document.counts())).toEqual({ a: 1, b: 3, c: 1 })
})
