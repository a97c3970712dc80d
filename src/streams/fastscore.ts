import type { ConfigDocument, ConfigPath } from '../config/document.ts'
import { ConfigFaults } from '../config/faults.ts'
import { boolean, choice, integer, json, list, type OptionTable, text } from '../config/option.ts'
import { parseOptions } from '../config/parse.ts'
import type { Registry } from '../config/registry.ts'
import { isPending, pendingFault } from './availability.ts'
import type { StreamDescriptor, StreamOrigin } from './descriptor.ts'
import { DescriptorFaults } from './descriptor-faults.ts'
import { csvTogether } from './fastscore-csv.ts'
import { brokenKafkaFields, groupWarning, kafkaFields, kafkaTransport } from './fastscore-kafka.ts'
import { spelling } from './fastscore-spelling.ts'
import { expandLiteral, isLiteral } from './literal.ts'
import { NO_LIMIT } from './stream-options.ts'

/**
 * FastScore stream descriptors (specification part 1): a document in its own capitalised spelling is turned into ours, with
 * FastScore's defaults, and then read like ours. Faults name the fields as the document spells them.
 */

type Fields = Readonly<Record<string, unknown>>
type Normalise = (value: unknown, origin: StreamOrigin, registry: Registry) => StreamDescriptor

const natural = { min: 0, max: Number.MAX_SAFE_INTEGER }

/** Fields of a document; null is taken out before, because it means something else for each. */
const documentFields = {
  Version: text({ summary: 'version of the format', default: '1.2' }),
  Name: text({ summary: 'name of the stream', isOptional: true }),
  Description: text({ summary: 'free text', default: '' }),
  Transport: json({ summary: 'where records come from or go to' }),
  Loop: boolean({ summary: 'start again at the end', default: false }),
  SkipTo: integer({ summary: 'byte to start at', isOptional: true }, natural),
  SkipToRecord: json({ summary: 'record to start at, "earliest" or "latest"', isOptional: true }),
  Envelope: json({ summary: 'framing', isOptional: true }),
  Encoding: json({ summary: 'record representation', isOptional: true }),
  Schema: json({ summary: 'Avro schema, {"$ref": name}, "$inherit" or null', isOptional: true }),
  Batching: json({ summary: 'null, "explicit", "normal" or an object', isOptional: true }),
  LingerTime: integer(
    { summary: 'how long closing waits', unit: 'milliseconds', default: 3000 },
    { min: 0, max: NO_LIMIT },
  ),
  EndMarker: json({ summary: 'obsolete', isOptional: true }),
} satisfies OptionTable

const batchingFields = {
  Watermark: integer({ summary: 'most records of a batch', default: 1000 }, { min: 1, max: NO_LIMIT }),
  NagleTime: integer(
    { summary: 'how long to wait for more', unit: 'milliseconds', default: 500 },
    { min: 0, max: NO_LIMIT },
  ),
} satisfies OptionTable

/** Fields of FastScore's transports; ours beyond them (log, stdio) have our options, capitalised. */
const transportFields: Readonly<Record<string, OptionTable>> = {
  rest: { Mode: text({ summary: 'simple or chunked', default: 'simple' }) },
  file: { Path: text({ summary: 'path of the file' }) },
  inline: {
    Data: json({ summary: 'records as text, or one text', isOptional: true }),
    DataBinary: json({ summary: 'records in base64, or one text in base64', isOptional: true }),
  },
  discard: {},
  kafka: kafkaFields,
}

const envelopeFields: Readonly<Record<string, OptionTable>> = {
  delimited: { Separator: text({ summary: 'bytes after each record', default: '\n' }) },
  'delimited-csv': {
    Separator: text({ summary: 'what ends a row', default: '\r\n' }),
    SkipHeader: boolean({ summary: 'whether there is a header', default: true }),
    SkipBlankLines: boolean({ summary: 'whether blank lines are no rows', default: true }),
    NullValues: list(text({ summary: 'a text' }), { summary: 'texts read as null', default: ['\\N'] }),
    ParseFormulas: boolean({ summary: 'whether =XXXX is the text XXXX', default: false }),
    StripWhitespace: choice(['all', 'leading', 'trailing', 'none'], {
      summary: 'where white space of cells is dropped',
      default: 'none',
    }),
  },
}

const encodingFields: Readonly<Record<string, OptionTable>> = {
  ...{ json: {}, 'utf-8': {}, utf8: {}, null: {} },
  csv: {
    QuoteCharacter: text({ summary: 'character around quoted cells', default: '"' }),
    Delimiter: text({ summary: 'text between two cells', default: ',' }),
  },
}

/** True when a document is in FastScore's spelling: it has a field with a capital initial. */
export function isFastscore(value: unknown): value is Fields {
  if (!isObject(value)) return false
  const names = Object.keys(value)
  return names.some((name) => /^[A-Z]/.test(name)) && !names.includes('transport')
}

/** Reads a FastScore document; `normalise` reads our form of it. */
export function fromFastscore(
  document: Fields,
  origin: StreamOrigin,
  registry: Registry,
  normalise: Normalise,
): StreamDescriptor {
  const reading = new Reading(document, origin, registry)
  const own = reading.ownForm()
  reading.faults.throwIfAny()
  try {
    return normalise(own, reading.ownOrigin(), registry)
  } catch (thrown) {
    throw thrown instanceof ConfigFaults ? reading.respelled(thrown) : thrown
  }
}

class Reading {
  readonly faults: DescriptorFaults
  readonly #document: Fields
  readonly #origin: StreamOrigin
  readonly #registry: Registry
  /** The field that gives our `start`. */
  #startField = 'SkipTo'

  constructor(document: Fields, origin: StreamOrigin, registry: Registry) {
    this.#document = document
    this.#origin = origin
    this.#registry = registry
    this.faults = new DescriptorFaults(origin)
  }

  /** Our form of the document; null where a fault was found. */
  ownForm(): Fields | null {
    const fields = this.#fieldsOf(documentFields, this.#document, [])
    if (fields === null) return null
    if (this.#document['EndMarker'] !== undefined) this.#warn(['EndMarker'], 'EndMarker is obsolete and ignored')
    const transport = this.#transport(fields['Transport'])
    const envelope = this.#envelope(this.#document['Envelope'])
    const encoding = this.#encoding(this.#document['Encoding'])
    const batching = this.#batching(this.#document['Batching'])
    if (!transport || !encoding || !batching || envelope === undefined) return null
    const keepsRecords = this.#keepsRecords(transport)
    const start = this.#start(transport, keepsRecords)
    if (keepsRecords && envelope !== null && envelope !== 'default') {
      this.#warn(['Envelope'], `transport "${transport.type}" keeps records, its envelope is ignored`)
    }
    const csv = csvTogether(envelope, encoding)
    return {
      version: fields['Version'],
      ...(fields['Name'] === undefined ? {} : { name: fields['Name'] }),
      description: fields['Description'],
      transport,
      ...(keepsRecords || envelope === 'default' ? {} : { envelope: csv?.envelope ?? envelope }),
      encoding: csv?.encoding ?? encoding,
      schema: this.#document['Schema'] === undefined ? '$inherit' : this.#document['Schema'],
      batching,
      loop: fields['Loop'],
      ...(start === null ? {} : { start }),
      lingerMs: this.#document['LingerTime'] === null ? NO_LIMIT : fields['LingerTime'],
      controlRecords: true,
    }
  }

  /** The origin for reading our form: places lead to the fields that ours came from. */
  ownOrigin(): StreamOrigin {
    const { document, path = [] } = this.#origin
    if (!document) return this.#origin
    const original = (at: ConfigPath) => [...path, ...this.#respell(at.slice(path.length))]
    const mapped: ConfigDocument = {
      path: document.path,
      value: document.value,
      pointOf: (at) => document.pointOf(original(at)),
      place: (at) => document.place(original(at)),
    }
    return { ...this.#origin, document: mapped }
  }

  /** Faults of our form with the paths of the document. */
  respelled(thrown: ConfigFaults): ConfigFaults {
    const { document, source, path = [] } = this.#origin
    const faults = thrown.faults.map((fault) => {
      const own = fault.path.split('.')
      const original = [...own.slice(0, path.length), ...this.#respell(own.slice(path.length))].join('.')
      const message = fault.path === '' ? fault.message : fault.message.replaceAll(fault.path, original)
      return { ...fault, path: original, message }
    })
    return new ConfigFaults(document?.path ?? source ?? 'stream descriptor', faults)
  }

  #respell(path: ConfigPath): ConfigPath {
    const isComponent = path[0] === 'transport' || path[0] === 'envelope' || path[0] === 'encoding'
    return path.map((step, i) => {
      if (i === 0 && step === 'start') return this.#startField
      const spelt = spelling[step] ?? step
      return i === 1 && isComponent && typeof spelt === 'string' ? capitalised(spelt) : spelt
    })
  }

  #transport(value: unknown): { readonly type: string } | null {
    if (typeof value === 'string' && isLiteral(value)) {
      return this.faults.collect(['Transport'], () => expandLiteral(value, this.faults.place(['Transport'])).transport)
    }
    const choice = this.#choice('transport', value, transportFields)
    if (choice === null) return null
    const { type, fields } = choice
    if (!Object.hasOwn(transportFields, type)) return { type, ...fields }
    switch (type) {
      case 'rest':
        return { type, ...this.#restMode(fields['Mode']) }
      case 'file':
        return { type, ...{ path: fields['Path'] } }
      case 'inline':
        return this.#inline(value as Fields)
      case 'kafka': {
        for (const { field, reason } of brokenKafkaFields(value as Fields, this.#document)) this.#broken(field, reason)
        const warning = groupWarning(fields)
        if (warning !== null) this.#warn(['Transport', 'CommitOffset'], warning)
        return kafkaTransport(fields, value as Fields)
      }
      default:
        return { type }
    }
  }

  #restMode(mode: unknown): Fields {
    const name = String(mode).toLowerCase()
    if (name === 'simple' || name === 'chunked') return { mode: name }
    this.#wrong(['Transport', 'Mode'], mode, '"simple" or "chunked"')
    return {}
  }

  #inline(fields: Fields): { readonly type: string } | null {
    const own: Record<string, unknown> = { type: 'inline' }
    for (const [name, list, one] of inlineNames) {
      const value = fields[name]
      if (value === undefined || value === null) continue
      if (Array.isArray(value) && value.every((item) => typeof item === 'string')) own[list] = value
      else if (typeof value === 'string') own[one] = value
      else this.#wrong(['Transport', name], value, 'text or a list of text')
    }
    return own as { type: string }
  }

  /** The envelope, null for none, `'default'` when the document leaves it open, undefined after a fault. */
  #envelope(value: unknown): Fields | null | 'default' | undefined {
    if (value === undefined) return 'default'
    if (value === null) return null
    const choice = this.#choice('envelope', value, envelopeFields)
    if (choice === null) return undefined
    const { type, fields } = choice
    if (type === 'delimited-csv') return this.#csvEnvelope(fields)
    return type === 'delimited' ? { type, separator: fields['Separator'] } : { type, ...fields }
  }

  /** The envelope as ours, with `missing`, which belongs to our encoding. */
  #csvEnvelope(fields: Fields): Fields | undefined {
    const separator = fields['Separator'] as string
    if (separator !== '\n' && separator !== '\r\n') {
      this.#wrong(['Envelope', 'Separator'], separator, '"\\n" or "\\r\\n"')
      return undefined
    }
    if (fields['SkipBlankLines'] === false) {
      this.#wrong(['Envelope', 'SkipBlankLines'], false, 'true: blank lines are never rows')
      return undefined
    }
    for (const [name, off] of [
      ['ParseFormulas', false],
      ['StripWhitespace', 'none'],
    ] as const) {
      if (fields[name] !== off) this.#warn(['Envelope', name], `${name} is ignored: cells are read as they stand`)
    }
    const missing = fields['NullValues']
    return { type: 'delimited-csv', hasHeader: fields['SkipHeader'], lineEnding: separator, missing }
  }

  #encoding(value: unknown): Fields | null {
    if (value === undefined || value === null) return { type: 'raw' }
    const choice = this.#choice('encoding', value, encodingFields)
    if (choice === null) return null
    const { type, fields } = choice
    if (type === 'csv') return { type, quote: fields['QuoteCharacter'], delimiter: fields['Delimiter'] }
    return { ...fields, type: type === 'utf8' ? 'utf-8' : type === 'null' ? 'raw' : type }
  }

  #batching(value: unknown): Fields | null {
    if (value === null) return { maxRecords: 1, maxDelayMs: 0 }
    const shortcut = typeof value === 'string' ? value.toLowerCase() : value
    if (shortcut === undefined || shortcut === 'normal') return { maxRecords: 1000, maxDelayMs: 500 }
    if (shortcut === 'explicit') return { maxRecords: NO_LIMIT, maxDelayMs: NO_LIMIT }
    if (!isObject(value)) {
      this.#wrong(['Batching'], value, 'null, "explicit", "normal" or an object')
      return null
    }
    const fields = this.#fieldsOf(batchingFields, value, ['Batching'])
    if (fields === null) return null
    const maxRecords = value['Watermark'] === null ? NO_LIMIT : (fields['Watermark'] as number)
    const maxDelayMs = value['NagleTime'] === null ? NO_LIMIT : (fields['NagleTime'] as number)
    return { maxRecords, maxDelayMs: maxRecords === 1 ? 0 : maxDelayMs }
  }

  #keepsRecords(transport: { readonly type: string }): boolean {
    const { type } = transport
    if (type === 'rest') return (transport as Fields)['mode'] !== 'chunked'
    return (
      type === 'discard' || type === 'log' || type === 'kafka' || 'records' in transport || 'binaryRecords' in transport
    )
  }

  /** Where to start, or null for the default. SkipTo counts bytes and SkipToRecord records. */
  #start(transport: { readonly type: string }, keepsRecords: boolean): string | number | null {
    const { SkipTo: bytes, SkipToRecord: record } = this.#document
    const hasBytes = bytes !== undefined && bytes !== null
    const hasRecord = record !== undefined && record !== null
    const named = `transport "${transport.type}"`
    if (hasBytes && keepsRecords) this.#broken('SkipTo', `SkipTo counts bytes, and ${named} keeps records`)
    if (!hasRecord && transport.type === 'kafka') return this.#document['Loop'] === true ? 'earliest' : 'latest'
    if (!hasRecord) return hasBytes ? (bytes as number) : null
    this.#startField = 'SkipToRecord'
    if (!keepsRecords) this.#broken('SkipToRecord', `SkipToRecord counts records, and ${named} does not keep them`)
    const isNumber = typeof record === 'number' && Number.isSafeInteger(record) && record >= 0
    const start = typeof record === 'string' ? record.toLowerCase() : record
    if (isNumber || start === 'earliest' || start === 'latest') return start as string | number
    this.#wrong(['SkipToRecord'], record, 'a whole number from 0, "earliest" or "latest"')
    return null
  }

  /** A component by name or as an object with `Type`, and its fields; null after a fault. */
  #choice(
    kind: 'transport' | 'envelope' | 'encoding',
    value: unknown,
    tables: Readonly<Record<string, OptionTable>>,
  ): { readonly type: string; readonly fields: Fields } | null {
    const field = spelling[kind] as string
    const name = typeof value === 'string' ? value : isObject(value) ? value['Type'] : undefined
    if (typeof name !== 'string') {
      if (value === undefined) {
        const summary = documentFields.Transport.facets.summary
        this.faults.add([field], 'CONFIG_OPTION_MISSING', { option: field, summary })
      } else this.#wrong([field], value, 'a name or an object with "Type"')
      return null
    }
    const type = name.toLowerCase() === 'debug' && kind === 'transport' ? 'inline' : name.toLowerCase()
    const table = Object.hasOwn(tables, type) ? tables[type] : undefined
    if (!table) {
      if (this.#registry.has(kind, type)) return { type, fields: isObject(value) ? uncapitalised(value) : {} }
      if (isPending(kind, type, this.#registry)) {
        const { code, ...parameters } = pendingFault(kind, name)
        this.faults.add([field], code, parameters as never)
      } else this.#wrong([field], name, `one of ${Object.keys(tables).join(', ')}`)
      return null
    }
    const fields = this.#fieldsOf(table, isObject(value) ? value : {}, [field], ['Type'])
    return fields === null ? null : { type, fields }
  }

  /** The fields of an object after their check, nulls taken out; null after a fault. */
  #fieldsOf(table: OptionTable, value: Fields, path: readonly string[], besides: string[] = []): Fields | null {
    const given = Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null))
    const origin = { ...this.#origin, path: [...(this.#origin.path ?? []), ...path], besides }
    return this.faults.collect(path, () => parseOptions(table, given, origin) as Fields)
  }

  #wrong(path: readonly string[], value: unknown, expected: string): void {
    const shown = JSON.stringify(value) ?? String(value)
    const parameters = { option: path.join('.'), value: shown.slice(0, 100), expected }
    this.faults.add(path, 'CONFIG_OPTION_WRONG', parameters)
  }

  #broken(field: string, reason: string): void {
    this.faults.add(field.split('.'), 'STREAM_RULE_BROKEN', { reason })
  }

  #warn(path: readonly string[], sentence: string): void {
    this.#origin.warn?.(`${this.faults.place(path)}: ${sentence}`)
  }
}

/** FastScore's field, ours for a list, ours for one text. */
const inlineNames = [
  ['Data', 'records', 'text'],
  ['DataBinary', 'binaryRecords', 'binary'],
] as const

/** Fields of a component that FastScore does not know, in our spelling: they are checked with our form. */
function uncapitalised({ Type: _type, ...fields }: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name.charAt(0).toLowerCase() + name.slice(1), value]),
  )
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
