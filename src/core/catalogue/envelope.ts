import type { CataloguePart } from './entry.ts'

/** Errors of byte streams that cannot be cut into frames, and of frames that an envelope cannot hold. */
export const envelopeCatalogue = {
  ENVELOPE_FRAME_TOO_LARGE: {
    status: 413,
    scope: 'stream',
    retry: false,
    message:
      'the frame at byte {position} has {size} bytes or more, at most {limit} are allowed (option "maxFrameBytes")',
  },
  ENVELOPE_STREAM_CUT: {
    status: 400,
    scope: 'stream',
    retry: false,
    message: 'the stream ends at byte {end} inside the frame that starts at byte {position}',
  },
  ENVELOPE_LENGTH_WRONG: {
    status: 400,
    scope: 'stream',
    retry: false,
    message: 'the length at byte {position} is {value}, expected {expected}',
  },
  ENVELOPE_OPTION_WRONG: {
    status: 400,
    scope: 'server',
    retry: false,
    message: 'envelope option "{option}" is {value}, expected {expected}',
  },
  ENVELOPE_FRAME_UNFIT: { status: 422, scope: 'record', retry: false, message: 'a frame of {size} bytes {reason}' },
} as const satisfies CataloguePart
