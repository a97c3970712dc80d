import { expect, test } from 'vitest'
import { readXml, type XmlElement } from '../../../src/models/pmml/xml.ts'
import { scanXml } from '../../../src/models/pmml/xml-scan.ts'
import { seeded } from '../../random.ts'
import { saxesTree, type Tree } from './saxes-tree.ts'

const faults = {
  refuse(reason: string, at: number): never {
    throw new Error(`${reason} at ${at}`)
  },
  exceed(what: string, limit: number): never {
    throw new Error(`over ${limit} ${what}`)
  },
}
const scan = (text: string) => scanXml(Buffer.from(text), faults)

test('the tape holds where elements start and end, in document order', () => {
  const tape = scan('<a><p:b/><c><b/></c></a>')
  expect([...tape.starts.slice(0, tape.size)]).toEqual([0, 3, 9, 12])
  expect([...tape.ends.slice(0, tape.size)]).toEqual([4, 2, 4, 4])
  expect(tape.names[1]).toBe(tape.names[3])
})

test.each([
  ['<a><b></a></b>', 'unexpected closing tag: a, expected b at 6'],
  ['<a><b></a>', 'unexpected closing tag: a, expected b at 6'],
  ['<a>', 'unclosed tag: a, opened at line 1; the document is cut off or a closing tag is missing at 3'],
  ['<a x="1', 'unexpected end at 7'],
  ['<a x=1/>', 'unquoted attribute value at 5'],
  ['<a x/>', 'attribute without value at 4'],
  ['<a x="1"y="2"/>', 'no whitespace between attributes at 8'],
  ['<a x="1" x="2"/>', 'duplicate attribute: x at 9'],
  ['<a x="<"/>', 'disallowed character at 6'],
  ['<a>\u0001</a>', 'disallowed character at 3'],
  ['<a>]]></a>', 'the string "]]>" is disallowed in char data at 5'],
  ['<a>&no;</a>', 'undefined entity: &no; at 3'],
  ['<a>&#x1F;</a>', 'malformed character entity at 3'],
  ['<a>& b</a>', 'entity "& b</a>" has no end at 3'],
  ['<a/><b/>', 'documents may contain only one root at 4'],
  ['<a/>b', 'text data outside of root node at 4'],
  ['<a><!-- -- --></a>', 'malformed comment at 10'],
  ['<a><?xml version="1.0"?></a>', 'an XML declaration must be at the start of the document at 3'],
  ['<?xml encoding="UTF-8"?><a/>', 'malformed XML declaration at 0'],
  ['<1/>', 'disallowed character in tag name at 1'],
  ['</a>', 'unmatched closing tag: a at 0'],
  ['<a>\uffff</a>', 'disallowed character at 3'],
])('%s is refused where it goes wrong', (text, message) => {
  expect(() => scan(text)).toThrow(new Error(message))
})

test('documents beyond the limits are refused', () => {
  const nested = (levels: number) => '<a>'.repeat(levels) + '</a>'.repeat(levels)
  expect(scan(nested(512)).size).toBe(512)
  expect(() => scan(nested(513))).toThrow('over 512 levels of nesting')
  const named = (count: number) => `<a>${Array.from({ length: count }, (_, i) => `<b${i}/>`).join('')}</a>`
  expect(scan(named(65_534)).size).toBe(65_535)
  expect(() => scan(named(65_535))).toThrow('over 65535 different names')
  const attributes = (count: number) => `<a ${Array.from({ length: count }, (_, i) => `k${i}=""`).join(' ')}/>`
  expect(scan(attributes(4096)).size).toBe(1)
  expect(() => scan(attributes(4097))).toThrow('over 4096 attributes in one element')
})

test('attributes of many names are known apart', () => {
  const tags = Array.from(
    { length: 1000 },
    (_, i) => `<b k${i}="" k${(i * 7) % 1000 === i ? 'x' : (i * 7) % 1000}=""/>`,
  )
  expect(scan(`<a>${tags.join('')}</a>`).size).toBe(1001)
  expect(() => scan(`<a>${tags.join('')}<b k900="" k900=""/></a>`)).toThrow('duplicate attribute: k900')
})

const pieces = [
  '<a>', '</a>', '<b x="1">', '</b>', '<b/>', '<p:c y=\'2\' p:z="3"/>', '<é ü="ß">', '</é>', ' ', '\n', '\r\n', 'text', ' 1 2\t3 ',
  '&lt;', '&#65;', '&#x41;', '&#10;', '&bad;', '&', '<', '>', '"', "'", '=', ']]>', ']', '<![CDATA[<x> & ]]', '<![CDATA[]]>', '<![CDATA[ a ]]>',
  '<!-- c -->', '<!--', '-->', '--', '<?pi d?>', '<?xml version="1.0"?>', '<?', '?>', '<!DOCTYPE a>', '<!', '/>', '<a x="a&amp;b\n\tc"  y = "" >',
  '<d x="1" x="2"/>', 'é', '\u{1f600}', '\u0000', '\u001f', '\u007f', '\u0085', '\u2028', '\ufffe', '\ufeff', '<ab', '</ab', '<-a/>', '<a:b:c/>', '<:a/>',
  '<a·b/>', '<a\u0300/>', '<a\ud7ff/>', '<\u{10000}/>', ' xml:space="preserve"', "x='", 'y="',
] // biome-ignore format: a table

function plain({ name, attributes, children, text }: XmlElement): Tree {
  return { name, attributes: { ...attributes } as Tree['attributes'], children: children.map(plain), text }
}

function ours(text: string): Tree | null {
  try {
    return plain(readXml(Buffer.from(text), 't'))
  } catch {
    return null
  }
}

/** A document that is mostly in order. */
function generated(random: () => number): string {
  const pick = () => pieces[Math.floor(random() * pieces.length)] as string
  const content = (depth: number): string => {
    let text = ''
    for (let i = Math.floor(random() * 4); i > 0; i--) {
      const choice = random()
      if (choice < 0.4 && depth < 5) text += `<n${random() < 0.3 ? ' k="v &amp; w"' : ''}>${content(depth + 1)}</n>`
      else if (choice < 0.95)
        text += [' ', '\n', 'x', '<b/>', '&lt;', '<!-- c -->', '<![CDATA[ a\r\nb ]]>', '\t1', '\r'][
          Math.floor(random() * 9)
        ]
      else text += pick()
    }
    return text
  }
  let text = `${random() < 0.3 ? '<?xml version="1.0" encoding="UTF-8"?>\n' : ''}<r>${content(0)}</r>${random() < 0.2 ? '\n' : ''}`
  for (let i = random() < 0.6 ? 0 : 3; i > 0; i--) {
    const at = Math.floor(random() * (text.length + 1))
    text = text.slice(0, at) + (random() < 0.6 ? pick() : '') + text.slice(at + Math.floor(random() * 3))
  }
  return text.toWellFormed()
}

test('documents are read and refused as saxes does', () => {
  const random = seeded(7)
  let read = 0
  for (let i = 0; i < Number(process.env['FUZZ_DOCUMENTS'] ?? 5000); i++) {
    const text = generated(random)
    const expected = saxesTree(text)
    const found = ours(text)
    if (expected) read++
    if (JSON.stringify(found) !== JSON.stringify(expected)) expect({ text, found }).toEqual({ text, found: expected })
  }
  expect(read).toBeGreaterThan(1000)
})
