import type { CataloguePart } from './entry.ts'

/** Errors of the join: routing, versions, tasks, replay. */
export const engineCatalogue = {
  ENGINE_NO_MODEL: {
    status: 503,
    scope: 'record',
    retry: true,
    message: 'record at {position} has key "{key}", for which no version is active',
  },
  ENGINE_KEY_MISSING: {
    status: 422,
    scope: 'record',
    retry: false,
    message: 'record at {position} has no key: {source} is missing or empty',
  },
  ENGINE_MESSAGE_WRONG: {
    status: 400,
    scope: 'model',
    retry: false,
    message: 'model message at {position}: {reason}',
  },
  ENGINE_FORMAT_UNKNOWN: {
    status: 400,
    scope: 'model',
    retry: false,
    message: 'model "{model}" has format "{format}", which is not one of: {known}',
  },
  ENGINE_DIGEST_DIFFERS: {
    status: 400,
    scope: 'model',
    retry: false,
    message: 'artifact of model "{model}" has digest {actual}, its message says {expected}',
  },
  ENGINE_ARTIFACT_TOO_LARGE: {
    status: 413,
    scope: 'model',
    retry: false,
    message: 'artifact of model "{model}" has {bytes} bytes, more than the limit of {limit}',
  },
  ENGINE_ARTIFACT_MISSING: {
    status: 404,
    scope: 'model',
    retry: false,
    message: 'artifact {digest} of model "{model}" is not in the artifact store',
  },
  ENGINE_PARTS_MISSING: {
    status: 400,
    scope: 'model',
    retry: false,
    message: 'artifact {digest} of model "{model}" comes in parts, and {progress} stand before its message',
  },
  ENGINE_LOCATION_REFUSED: {
    status: 403,
    scope: 'model',
    retry: false,
    message: 'location "{location}" of model "{model}" is outside the allowed locations: {allowed}',
  },
  ENGINE_LOCATION_UNREADABLE: {
    status: 404,
    scope: 'model',
    retry: false,
    message: 'location "{location}" of model "{model}" cannot be read: {reason}',
  },
  ENGINE_LOCATION_AWAY: {
    status: 503,
    scope: 'model',
    retry: true,
    message: 'cannot read {location} of model "{model}" now: {reason}',
  },
  ENGINE_LOAD_TIMEOUT: {
    status: 400,
    scope: 'model',
    retry: false,
    message: 'loading model "{model}" took longer than {timeoutMs} ms and was stopped',
  },
  ENGINE_LOADER_DIED: {
    status: 400,
    scope: 'model',
    retry: false,
    message: 'loading model "{model}" ended the loader thread: {reason}',
  },
  ENGINE_THREAD_DIED: {
    status: 500,
    scope: 'server',
    retry: true,
    message: 'the thread of task {tasks} ended: {reason}',
  },
  ENGINE_VERSION_UNVERIFIED: {
    status: 400,
    scope: 'model',
    retry: false,
    message:
      'model "{model}" gives other results than the rows it ships: {count} differences in {rows} rows, first: row {row}, output "{output}" is {actual}, expected {expected}',
  },
  ENGINE_WARM_UP_ERROR: {
    status: 400,
    scope: 'model',
    retry: false,
    message: 'model "{model}" cannot score its own sample records: {reason}',
  },
  ENGINE_SCORER_ERROR: {
    status: 500,
    scope: 'record',
    retry: false,
    message: 'model "{model}" ended with an error on the batch at {position}: {reason}',
  },
  ENGINE_PREDICTION_TOO_LARGE: {
    status: 413,
    scope: 'record',
    retry: false,
    message:
      'the prediction has {bytes} bytes with its key and headers, more than the {maxBytes} that stream "{stream}" takes',
  },
  ENGINE_VERSION_UNKNOWN: {
    status: 404,
    scope: 'model',
    retry: false,
    message: 'no version "{version}" is known for key "{key}"',
  },
  ENGINE_DOCUMENT_WRONG: { status: 400, scope: 'server', retry: false, message: '{place}: {reason}' },
  ENGINE_REPLAY_DIFFERS: {
    status: 500,
    scope: 'server',
    retry: false,
    message: 'replay of {position} gives other bytes than the output at {output}',
  },
  ENGINE_VERIFY_IMPOSSIBLE: { status: 400, scope: 'server', retry: false, message: 'cannot verify {engine}: {reason}' },
  ENGINE_ACTIVATION_TOO_LARGE: {
    status: 413,
    scope: 'model',
    retry: false,
    message:
      'the cut-over at {position} has {bytes} bytes, more than the {maxBytes} that stream "{stream}" takes: it is {outcome}, and what was scored from there on cannot be replayed',
  },
  ENGINE_REPLAY_IMPOSSIBLE: { status: 400, scope: 'server', retry: false, message: 'cannot replay {engine}: {reason}' },
} as const satisfies CataloguePart
