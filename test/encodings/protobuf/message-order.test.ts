import { expect, test } from 'vitest'
import { declaredMessages, indexesAt, namesAt } from '../../../src/encodings/protobuf/message-order.ts'

const text = `
syntax = "proto2"; package a.b;
import "message.proto"; // message Not {}
enum E { option allow_alias = true; X = 0; }
message First {
  /* message Neither { } */
  optional string text = 1 [default = "message Nor { map<"];
  oneof choice { string a = 2; int32 map = 3; }
  map<string, int32> counts = 4;
  enum Inside { Y = 0; }
  message Inner { map<string, Inner> m = 1; message Deep { } }
  optional group Item = 5 { required int32 x = 1; message InItem { } }
}
service S { rpc Call (First) returns (Second) { option deprecated = true; } }
message Second { message message { } }
`

test('messages are found in the order of their file, with those that map fields add', () => {
  const entry = { name: null, inside: [] }
  expect(declaredMessages(text)).toEqual([
    {
      name: 'First',
      inside: [
        entry,
        { name: 'Inner', inside: [entry, { name: 'Deep', inside: [] }] },
        { name: 'Item', inside: [{ name: 'InItem', inside: [] }] },
      ],
    },
    { name: 'Second', inside: [{ name: 'message', inside: [] }] },
  ])
})

test('indexes and names lead to each other', () => {
  const messages = declaredMessages(text)
  for (const names of [['First'], ['Second'], ['First', 'Inner', 'Deep'], ['First', 'Item', 'InItem']]) {
    expect(namesAt(messages, indexesAt(messages, names) ?? [])).toEqual(names)
  }
  expect(indexesAt(messages, ['First', 'Inner', 'Deep'])).toEqual([0, 1, 1])
  expect(indexesAt(messages, ['Third'])).toBeNull()
  expect([[0, 0], [2], [0, 9], []].map((indexes) => namesAt(messages, indexes))).toEqual([null, null, null, null])
})
