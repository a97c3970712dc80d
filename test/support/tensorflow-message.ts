import { WireWriter } from '../../src/core/protobuf-wire.ts'
import { type GraphMessage, graphType } from '../../src/models/tensorflow/graph-messages.ts'
import { readText } from '../../src/models/tensorflow/message-text.ts'
import type { Field, MessageType } from '../../src/models/tensorflow/message-type.ts'

/** Writes what `readBinary` reads: fields that are absent, or of their default, are left out. */
export function writeBinary<T>(type: MessageType<T>, value: Partial<T>): Uint8Array<ArrayBuffer> {
  const writer = new WireWriter()
  writeFields(writer, type as MessageType<unknown>, value as Record<string, unknown>)
  return writer.finish()
}

/** Bytes of a GraphDef that is given as text. */
export function graphBytes(text: string): Uint8Array<ArrayBuffer> {
  return writeBinary(graphType, readText<GraphMessage>(graphType, text))
}

function writeFields(writer: WireWriter, type: MessageType<unknown>, value: Record<string, unknown>): void {
  for (const [name, field] of Object.entries(type.fields as Readonly<Record<string, Field<unknown>>>)) {
    const given = value[name]
    if (given === undefined || given === field.absent) continue
    if (field.kind === 'map') {
      for (const [key, item] of given as ReadonlyMap<string, unknown>) {
        writer.message(field.number, (entry) => {
          if (field.hasNumberKeys) entry.varint(1, Number(key))
          else entry.text(1, key)
          writeValue(entry, { ...field, number: 2, kind: field.type ? 'message' : 'text' }, item)
        })
      }
    } else if (field.isList) for (const item of given as Iterable<unknown>) writeValue(writer, field, item)
    else writeValue(writer, field, given)
  }
}

function writeValue(writer: WireWriter, { number, kind, type }: Field<unknown>, value: unknown): unknown {
  switch (kind) {
    case 'text':
      return writer.text(number, value as string)
    case 'bytes':
      return writer.bytes(number, value as Uint8Array)
    case 'float':
      return writer.float(number, value as number)
    case 'double':
      return writer.double(number, value as number)
    case 'fixed32':
      return writer.fixed32(number, value as number)
    case 'message':
      return writer.message(number, (nested) => {
        writeFields(nested, (type as () => MessageType<unknown>)(), value as Record<string, unknown>)
      })
    default:
      return writer.varint(number, value as number | bigint | boolean)
  }
}
