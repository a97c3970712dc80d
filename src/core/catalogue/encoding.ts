import type { CataloguePart } from './entry.ts'

/** Errors of frames that are not in their stream's encoding, of values that an encoding cannot express, and of encodings' options. */
export const encodingCatalogue = {
  ENCODING_JSON_SYNTAX: {
    status: 400,
    scope: 'record',
    retry: false,
    message: 'record is not JSON: {actual} at byte {position}, expected {expected}',
  },
  ENCODING_TEXT_NOT_UTF8: {
    status: 400,
    scope: 'record',
    retry: false,
    message: 'record is not UTF-8: byte {byte} at byte {position}',
  },
  ENCODING_CSV_SYNTAX: { status: 400, scope: 'record', retry: false, message: 'record is not a CSV row: {reason}' },
  ENCODING_CSV_TEXT: {
    status: 400,
    scope: 'record',
    retry: false,
    message: 'column "{column}" is not UTF-8: it has the byte {byte}',
  },
  ENCODING_CSV_COLUMNS: {
    status: 400,
    scope: 'server',
    retry: false,
    message: '{place}: encoding "csv" needs the names of its columns: option "columns", or a record schema',
  },
  ENCODING_CSV_MARKS: {
    status: 400,
    scope: 'server',
    retry: false,
    message:
      '{place}: encoding "csv" has {given}, expected two different texts without line ends, the quote one character or empty',
  },
  ENCODING_TOO_DEEP: {
    status: 400,
    scope: 'record',
    retry: false,
    message: 'record is nested deeper than {limit} levels at {where}',
  },
  ENCODING_NUMBER_TOO_LARGE: {
    status: 400,
    scope: 'record',
    retry: false,
    message: 'number "{text}" at byte {position} is outside the range of a double',
  },
  ENCODING_NUMBER_NOT_FINITE: {
    status: 422,
    scope: 'record',
    retry: false,
    message: '{where} is {value}, which {encoding} cannot express',
  },
  ENCODING_VALUE_WRONG: {
    status: 422,
    scope: 'record',
    retry: false,
    message: '{where}: {encoding} expected {expected}, got {actual}',
  },
  ENCODING_PROTOBUF_SYNTAX: {
    status: 400,
    scope: 'record',
    retry: false,
    message: 'record is not a protobuf message {message}: {reason} at byte {position}',
  },
  ENCODING_PROTOBUF_SCHEMA: { status: 400, scope: 'server', retry: false, message: '{place}: {source}: {reason}' },
  ENCODING_AVRO_SYNTAX: {
    status: 400,
    scope: 'record',
    retry: false,
    message: 'record is not Avro binary of {type}: {reason} at byte {position}, in {where}',
  },
  ENCODING_AVRO_UNRESOLVABLE: {
    status: 422,
    scope: 'record',
    retry: false,
    message: "values written as {written} cannot be read with the stream's schema: {reason}",
  },
  ENCODING_AVRO_SCHEMA: { status: 400, scope: 'server', retry: false, message: '{place}: {source}: {reason}' },
  ENCODING_AVRO_SCHEMA_MISSING: {
    status: 400,
    scope: 'server',
    retry: false,
    message: '{place}: encoding "avro-binary" needs a schema: the stream\'s, option "schema" or option "file"',
  },
  ENCODING_REGISTRY_OPTIONS: { status: 400, scope: 'server', retry: false, message: '{place}: {reason}' },
  ENCODING_REGISTRY_UNREACHABLE: {
    status: 503,
    scope: 'stream',
    retry: true,
    message: 'schema registry {registry} does not answer: {reason}',
  },
  ENCODING_REGISTRY_REFUSED: {
    status: 502,
    scope: 'stream',
    retry: false,
    message: 'schema registry {registry} refuses {request}: {reason}',
  },
  ENCODING_REGISTRY_FRAME: {
    status: 400,
    scope: 'record',
    retry: false,
    message: 'record is not in the wire format of a schema registry: {reason}',
  },
  ENCODING_REGISTRY_ID_UNKNOWN: {
    status: 422,
    scope: 'record',
    retry: false,
    message: 'schema registry {registry} has no schema with id {id}',
  },
  ENCODING_REGISTRY_SCHEMA: {
    status: 422,
    scope: 'record',
    retry: false,
    message: 'schema {id} of the registry cannot be used: {reason}',
  },
  ENCODING_SCHEMA_UNFIT: {
    status: 400,
    scope: 'server',
    retry: false,
    message: '{place}: encoding "{encoding}" needs schema {expected} or none, got {actual}',
  },
  ENCODING_NULL_RECORD: { status: 400, scope: 'record', retry: false, message: 'record has no value (null)' },
} as const satisfies CataloguePart
