import type { CataloguePart } from './entry.ts'

/** Errors whose code starts with CLIENT_. */
export const clientCatalogue = {
  CLIENT_LOCAL_KAFKA_JAVA: {
    status: 501,
    scope: 'server',
    retry: false,
    message:
      'the Java runtime for Apache Kafka is to be {oldest} or newer, and {found}: install one, or name one with JAVA_HOME',
  },
  CLIENT_LOCAL_KAFKA_FETCH: {
    status: 502,
    scope: 'server',
    retry: true,
    message: 'cannot fetch {url}: {reason}; another Maven repository is named with MILLRACE_MAVEN_REPOSITORY',
  },
  CLIENT_LOCAL_KAFKA_DIGEST: {
    status: 502,
    scope: 'server',
    retry: false,
    message: '{url} has the SHA-256 digest {actual}, not {expected}, which this release expects',
  },
  CLIENT_LOCAL_KAFKA_TOOL: { status: 500, scope: 'server', retry: false, message: '{tool} of Kafka ended: {reason}' },
  CLIENT_LOCAL_KAFKA_DOWN: {
    status: 500,
    scope: 'server',
    retry: false,
    message: 'the local Kafka does not run: {reason}; its log is {path}',
  },
  CLIENT_LOCAL_KAFKA_PORT: {
    status: 409,
    scope: 'server',
    retry: false,
    message: 'port {port} of 127.0.0.1 is in use: choose another',
  },
  CLIENT_LOCAL_KAFKA_OTHER: {
    status: 409,
    scope: 'server',
    retry: false,
    message: '{folder} keeps the data of {actual} brokers, not {wanted}: name another folder',
  },
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
    isFenced: true,
    message: '"{name}" was taken over by another owner: its epoch is {actual}, this owner has {expected}',
  },
  CLIENT_KAFKA_UNREACHABLE: {
    status: 503,
    scope: 'stream',
    retry: true,
    message: 'kafka at {server} cannot be reached: {reason}',
  },
  CLIENT_KAFKA_INDEFINITE: {
    status: 503,
    scope: 'stream',
    retry: true,
    message: 'kafka at {server} gave no answer to {api}, so whether it took effect is unknown: {reason}',
  },
  CLIENT_KAFKA_RETRYABLE: {
    status: 503,
    scope: 'stream',
    retry: true,
    message: 'kafka at {server} cannot do {api} for {subject} now: {error}',
  },
  CLIENT_KAFKA_REFUSED: {
    status: 502,
    scope: 'stream',
    retry: false,
    message: 'kafka at {server} refuses {api} for {subject}: {error}',
  },
  CLIENT_KAFKA_FENCED: {
    status: 409,
    scope: 'server',
    retry: false,
    isFenced: true,
    message:
      '{subject} was taken over by another owner, or its transaction outlasted its time-out: kafka at {server} answers {error} to {api}',
  },
  CLIENT_KAFKA_ABORTED: {
    status: 503,
    scope: 'stream',
    retry: true,
    message: 'the transaction of {subject} is aborted: {reason}',
  },
  CLIENT_KAFKA_AUTH: {
    status: 502,
    scope: 'server',
    retry: false,
    message: 'kafka at {server} and this client do not accept each other: {reason}',
  },
  CLIENT_KAFKA_CERTIFICATE_MISSING: {
    status: 400,
    scope: 'server',
    retry: false,
    message: 'the certificate or key in "{path}" cannot be read: {reason}',
  },
  CLIENT_KAFKA_UNSUPPORTED: {
    status: 502,
    scope: 'server',
    retry: false,
    message: 'kafka at {server} has {api} in {actual}, this client needs {expected}',
  },
  CLIENT_KAFKA_TOPIC_UNKNOWN: {
    status: 404,
    scope: 'stream',
    retry: false,
    message: 'kafka at {server} has no topic "{topic}"{hint}',
  },
  CLIENT_KAFKA_PARTITION_UNKNOWN: {
    status: 404,
    scope: 'stream',
    retry: false,
    message: 'topic "{topic}" has {partitions} partitions, numbered from 0: there is no partition {partition}',
  },
  CLIENT_KAFKA_OFFSET_GONE: {
    status: 410,
    scope: 'stream',
    retry: false,
    message: 'offset {offset} of {place} is gone: the partition has {start} to {end}',
  },
  CLIENT_KAFKA_TOPIC_REPLACED: {
    status: 410,
    scope: 'stream',
    retry: false,
    message:
      'topic "{topic}" was deleted and made anew while {place} was read: offset {offset} is of the former one; set "gone" to go on in the new one',
  },
  CLIENT_KAFKA_RECORD_TOO_LARGE: {
    status: 413,
    scope: 'record',
    retry: false,
    message: 'record {index} of a batch for {place} has {bytes} bytes, more than the {maxBytes} of {setting}',
  },
  CLIENT_KAFKA_RESPONSE_DAMAGED: {
    status: 502,
    scope: 'stream',
    retry: true,
    message: 'the answer of kafka at {server} to {api} cannot be read: {reason}',
  },
  CLIENT_KAFKA_GROUP_DATA_WRONG: {
    status: 502,
    scope: 'stream',
    retry: true,
    message: 'the {what} of a group member is not what a consumer writes: {reason}',
  },
  CLIENT_KAFKA_BATCH_DAMAGED: {
    status: 500,
    scope: 'stream',
    retry: false,
    message: 'the record batch at offset {offset} of {place} is damaged: {reason}',
  },
  CLIENT_KAFKA_FORMAT_OLD: {
    status: 400,
    scope: 'stream',
    retry: false,
    message:
      'the records at offset {offset} of {place} are in message format {magic} of brokers before 0.11, which is not read; copy the topic with a current producer',
  },
} as const satisfies CataloguePart
