import type { CataloguePart } from './entry.ts'

/** Errors whose code starts with CLIENT_. */
export const clientCatalogue = {
  CLIENT_LOG_UNOPENABLE: { status: 500, scope: 'server', retry: false, message: 'cannot open log {path}: {reason}' },
  CLIENT_LOG_UNREADABLE: { status: 500, scope: 'stream', retry: true, message: 'cannot read log {path}: {reason}' },
  CLIENT_LOG_UNWRITABLE: { status: 507, scope: 'stream', retry: true, message: 'cannot write log {path}: {reason}' },
  CLIENT_LOG_BUSY: {
    status: 503,
    scope: 'stream',
    retry: true,
    message: 'log {path} was locked by other writers for {waitedMs} ms',
  },
  CLIENT_LOG_TOPIC_UNKNOWN: {
    status: 404,
    scope: 'stream',
    retry: false,
    message: 'log {path} has no topic "{topic}"{hint}',
  },
  CLIENT_LOG_TOPIC_DIFFERS: {
    status: 409,
    scope: 'stream',
    retry: false,
    message: 'topic "{topic}" of log {path} has {actual} partitions, not {expected}',
  },
  CLIENT_LOG_TOPIC_WRONG: {
    status: 400,
    scope: 'stream',
    retry: false,
    message: 'topic "{topic}" cannot have {value} as its {setting}, expected {expected}',
  },
  CLIENT_LOG_PARTITION_UNKNOWN: {
    status: 404,
    scope: 'stream',
    retry: false,
    message: 'topic "{topic}" has {partitions} partitions, numbered from 0: there is no partition {partition}',
  },
  CLIENT_LOG_POSITION_GONE: {
    status: 410,
    scope: 'stream',
    retry: false,
    message: 'position {position} of {place} is gone: retention has removed everything before {start}',
  },
  CLIENT_LOG_BATCH_DAMAGED: {
    status: 500,
    scope: 'stream',
    retry: false,
    message: 'the batch at {place} is damaged: {reason}',
  },
  CLIENT_LOG_RECORD_TOO_LARGE: {
    status: 413,
    scope: 'record',
    retry: false,
    message: 'a record of {bytes} bytes for {place} is larger than the {maxBytes} bytes that a log can hold',
  },
  CLIENT_LOG_FENCED: {
    status: 409,
    scope: 'server',
    retry: false,
    message: '"{name}" was taken over by another owner: its epoch is {actual}, this owner has {expected}',
  },
} as const satisfies CataloguePart
