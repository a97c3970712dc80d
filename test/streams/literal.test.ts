import { expect, test } from 'vitest'
import type { MillraceError } from '../../src/core/errors.ts'
import { expandLiteral, guessEncoding } from '../../src/streams/literal.ts'

const transportOf = (text: string) => expandLiteral(text, 'here').transport

test('the log literal takes a topic and an optional path', () => {
  expect(transportOf('log:iris')).toEqual({ type: 'log', topic: 'iris' })
  expect(transportOf('log:iris@/data/a@b.db')).toEqual({ type: 'log', topic: 'iris', path: '/data/a@b.db' })
})

test('the kafka literal takes servers with or without port, a topic with dots, and options', () => {
  const kafka = (text: string) => {
    const { transport, encoding } = expandLiteral(text, 'here')
    return [transport['bootstrapServers'], transport['topic'], encoding.type]
  }
  expect(kafka('kafka:host/iris')).toEqual([['host:9092'], 'iris', 'json'])
  expect(kafka('kafka:host:19092/iris.utf8')).toEqual([['host:19092'], 'iris', 'utf-8'])
  expect(kafka('kafka:a,b:1,[::1]:2,[::1]/app.iris.1.0.inputs')).toEqual([
    ['a:9092', 'b:1', '[::1]:2', '[::1]:9092'],
    'app.iris.1.0.inputs',
    'json',
  ])
  expect(kafka('kafka:host/iris.avro?group=a.bin')).toEqual([['host:9092'], 'iris', 'avro-binary'])
  const query = 'group=7&partition=3&idleEndMs=500&startAt=2026-01-01&topic=other&bootstrapServers=x'
  expect(transportOf(`kafka:host/iris?${query}`)).toEqual({
    ...{ type: 'kafka', bootstrapServers: ['host:9092'], topic: 'iris' },
    ...{ group: '7', partition: 3, idleEndMs: 500, startAt: '2026-01-01' },
  })
})

test('inline text is a list; with percent signs every element is bytes', () => {
  expect(transportOf('inline:a,b,c')).toEqual({ type: 'inline', records: ['a', 'b', 'c'] })
  const coded = transportOf('inline:a%2Cb,%00%ff')
  const bytes = (coded['binaryRecords'] as string[]).map((item) => Buffer.from(item, 'base64'))
  expect(bytes).toEqual([Buffer.from('a,b'), Buffer.from([0, 255])])
  expect(transportOf('inline-chunked:a,b')).toEqual({ type: 'inline', text: 'a,b' })
  expect(Buffer.from(transportOf('inline-chunked:1%0A')['binary'] as string, 'base64').toString()).toBe('1\n')
})

test('only the ending of a name suggests an encoding', () => {
  expect(['x.json', 'x.avro', 'x.utf8', 'x.bin', 'x.csv', 'x', 'json'].map(guessEncoding)).toEqual([
    'json',
    'avro-binary',
    'utf-8',
    'raw',
    'json',
    'json',
    'json',
  ])
  expect(expandLiteral('inline:x.bin', 'here').encoding).toEqual({ type: 'json' })
})

test('faults have the wording of the reference', () => {
  expect(() => expandLiteral('orders', 'here')).toThrow(
    'orders is not a literal descriptor, which begins with its transport: log:orders',
  )
  expect(() => expandLiteral('kafak:x/y', 'here')).toThrow('transport tag unknown: kafak; did you mean "kafka"?')
  expect(() => expandLiteral('constructor:x', 'here')).toThrow('transport tag unknown: constructor')
  for (const text of [
    'rest:x',
    'stdio:x',
    'discard:x',
    'log:',
    'log:@x',
    'log:x@',
    'file:',
    'kafka:',
    'kafka:host',
    'kafka:/topic',
    'kafka:a b/topic',
    'kafka:host:/topic',
    'kafka:host/a/b',
    'inline:%zz',
    'inline-chunked:%',
  ]) {
    const tag = text.slice(0, text.indexOf(':'))
    expect(() => expandLiteral(text, 'here')).toThrow(
      `literal descriptor parse error (a valid ${tag} literal example: ${tag}:`,
    )
  }
  expect(() => expandLiteral('tcp:host:1', 'here')).toThrow('literal "tcp:" is not available yet')
})

test('the examples in the messages are literals themselves', () => {
  for (const text of [
    'log:',
    'kafka:',
    'file:',
    'rest:x',
    'stdio:x',
    'discard:x',
    'inline:%',
    'inline-chunked:%',
    'rest-chunked:x',
  ]) {
    try {
      expandLiteral(text, 'here')
      throw new Error(`${text} was taken`)
    } catch (thrown) {
      const examples = /example: (.*)\)$/.exec((thrown as MillraceError).message)?.[1]?.split(' or ') ?? []
      expect(examples.length).toBeGreaterThan(0)
      for (const example of examples) expect(() => expandLiteral(example, 'here')).not.toThrow()
    }
  }
})
