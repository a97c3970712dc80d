import type { CataloguePart } from './entry.ts'

/** Errors of stream descriptors, positions, slots and dead letters. */
export const streamCatalogue = {
  STREAM_RULE_BROKEN: { status: 400, scope: 'server', retry: false, message: '{place}: {reason}' },
  STREAM_NOT_AVAILABLE: { status: 400, scope: 'server', retry: false, message: '{place}: {what} is not available yet' },
  STREAM_LITERAL_WRONG: { status: 400, scope: 'server', retry: false, message: '{place}: {reason}' },
  STREAM_SCHEMA_MISSING: {
    status: 400,
    scope: 'server',
    retry: false,
    message: '{place}: there is no schema named "{name}"{hint}',
  },
  STREAM_POSITION_WRONG: {
    status: 400,
    scope: 'server',
    retry: false,
    message: 'position is {value}, expected the form "orders/3@1042"',
  },
  STREAM_SLOT_FULL: {
    status: 429,
    scope: 'stream',
    retry: true,
    message: '{slot} has no room: {records} records of {bytes} bytes wait to be scored',
  },
  STREAM_LINGER_EXPIRED: {
    status: 503,
    scope: 'stream',
    retry: true,
    message: '{place}: not everything was written within {lingerMs} ms of closing',
  },
  STREAM_DEAD_LETTER_WRONG: {
    status: 400,
    scope: 'record',
    retry: false,
    message: 'record is not a dead letter: {reason}',
  },
} as const satisfies CataloguePart
