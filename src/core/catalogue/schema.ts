import type { CataloguePart } from './entry.ts'

/** Errors of schema documents, and of values that do not have the type their schema states. */
export const schemaCatalogue = {
  SCHEMA_TENSOR_WRONG: { status: 400, scope: 'record', retry: false, message: 'input "{input}": {reason}' },
  SCHEMA_TYPE_UNKNOWN: { status: 400, scope: 'server', retry: false, message: '{place}: type "{type}" is undefined' },
  SCHEMA_FORM_WRONG: {
    status: 400,
    scope: 'server',
    retry: false,
    message: '{place} is {value}, expected {expected}',
  },
  SCHEMA_NAME_REPEATED: {
    status: 400,
    scope: 'server',
    retry: false,
    message: '{place}: {part} "{name}" is defined twice',
  },
  SCHEMA_DEFAULT_WRONG: {
    status: 400,
    scope: 'server',
    retry: false,
    message: '{place}: default {value} is not a value of type {type}',
  },
  SCHEMA_TOO_LARGE: {
    status: 400,
    scope: 'server',
    retry: false,
    message: '{place}: the schema has more than {limit} {part}',
  },
  SCHEMA_NOT_INFERABLE: {
    status: 400,
    scope: 'server',
    retry: false,
    message: 'no schema can be inferred from {place}: {reason}',
  },
  SCHEMA_MISMATCH: {
    status: 400,
    scope: 'record',
    retry: false,
    message: '{where}: expected {expected}, got {actual}',
  },
} as const satisfies CataloguePart
