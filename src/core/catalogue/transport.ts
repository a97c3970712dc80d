import type { CataloguePart } from './entry.ts'

/** Errors whose code starts with TRANSPORT_. */
export const transportCatalogue = {
  TRANSPORT_NOT_SEEKABLE: {
    status: 400,
    scope: 'stream',
    retry: false,
    message: '{place}: transport "{transport}" cannot go to position {position}: it is not seekable',
  },
  TRANSPORT_WRONG_DIRECTION: {
    status: 400,
    scope: 'stream',
    retry: false,
    message: '{place}: transport "{transport}" cannot be used for {direction}',
  },
  TRANSPORT_FILE_MISSING: { status: 404, scope: 'stream', retry: false, message: '{place}: there is no file {path}' },
  TRANSPORT_FILE_UNUSABLE: {
    status: 400,
    scope: 'stream',
    retry: false,
    message: '{place}: {path} cannot be opened for {direction}: {reason}',
  },
  TRANSPORT_FILE_TRUNCATED: {
    status: 409,
    scope: 'stream',
    retry: false,
    message: '{place}: {path} has {size} bytes, fewer than the {position} that were already read',
  },
  TRANSPORT_IO: {
    status: 503,
    scope: 'stream',
    retry: true,
    message: '{place}: {direction} {subject} stopped: {reason}',
  },
  TRANSPORT_OUTPUT_CLOSED: {
    status: 409,
    scope: 'server',
    retry: false,
    message: '{place}: whoever read {subject} has closed it',
  },
  TRANSPORT_CHANNEL_MISSING: {
    status: 400,
    scope: 'stream',
    retry: false,
    message: '{place}: transport "rest" needs a process that serves the HTTP end of the slot',
  },
  TRANSPORT_FOREIGN_TRANSACTION: {
    status: 500,
    scope: 'server',
    retry: false,
    message: '{place}: a transaction of "{actual}" cannot take part in "{expected}"',
  },
} as const satisfies CataloguePart
