import { GenericError, protocolErrorsCodesById, ResponseError } from '@platformatic/kafka'
import { MillraceError, reasonOf } from '../../core/errors.ts'

/**
 * What an error of the protocol asks of the client. Source: clients/.../protocol/Errors.java of Kafka 4.3, where `retry` is a
 * RetriableException and `metadata` an InvalidMetadataException, and KIP-1050 for the errors of transactions.
 *
 * `retry`: the same request again. `metadata`: look the leader up again first. `coordinator`: look the coordinator up again first.
 * `fenced`: a newer owner has the id. `refused`: final.
 */
export type ErrorKind = 'retry' | 'metadata' | 'coordinator' | 'fenced' | 'refused'

const kinds: Readonly<Record<Exclude<ErrorKind, 'refused'>, readonly string[]>> = {
  retry: [
    'CORRUPT_MESSAGE',
    'REQUEST_TIMED_OUT',
    'BROKER_NOT_AVAILABLE',
    'COORDINATOR_LOAD_IN_PROGRESS',
    'NOT_ENOUGH_REPLICAS',
    'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
    'NOT_CONTROLLER',
    'CONCURRENT_TRANSACTIONS',
    'FETCH_SESSION_ID_NOT_FOUND',
    'INVALID_FETCH_SESSION_EPOCH',
    'FETCH_SESSION_TOPIC_ID_ERROR',
    'OFFSET_NOT_AVAILABLE',
    'UNSTABLE_OFFSET_COMMIT',
    'THROTTLING_QUOTA_EXCEEDED',
    'SHARE_SESSION_NOT_FOUND',
    'INVALID_SHARE_SESSION_EPOCH',
    'SHARE_SESSION_LIMIT_REACHED',
  ],
  metadata: [
    'UNKNOWN_TOPIC_OR_PARTITION',
    'LEADER_NOT_AVAILABLE',
    'NOT_LEADER_OR_FOLLOWER',
    'REPLICA_NOT_AVAILABLE',
    'NETWORK_EXCEPTION',
    'KAFKA_STORAGE_ERROR',
    'FENCED_LEADER_EPOCH',
    'UNKNOWN_LEADER_EPOCH',
    'LISTENER_NOT_FOUND',
    'PREFERRED_LEADER_NOT_AVAILABLE',
    'ELIGIBLE_LEADERS_NOT_AVAILABLE',
    'ELECTION_NOT_NEEDED',
    'UNKNOWN_TOPIC_ID',
    'INCONSISTENT_TOPIC_ID',
  ],
  coordinator: ['NOT_COORDINATOR', 'COORDINATOR_NOT_AVAILABLE'],
  fenced: [
    'INVALID_PRODUCER_EPOCH',
    'PRODUCER_FENCED',
    'TRANSACTION_COORDINATOR_FENCED',
    'FENCED_INSTANCE_ID',
    'FENCED_MEMBER_EPOCH',
  ],
}

const kindOfName = new Map<string, ErrorKind>(
  Object.entries(kinds).flatMap(([kind, names]) => names.map((name) => [name, kind as ErrorKind] as const)),
)

/** Name of an error code of the protocol: 16 is `NOT_COORDINATOR`; null for 0. */
export function errorName(code: number): string | null {
  if (code === 0) return null
  return (protocolErrorsCodesById as Readonly<Record<string, string>>)[String(code)] ?? `ERROR_${code}`
}

/** What an error name asks of the client. */
export function errorKind(name: string): ErrorKind {
  return kindOfName.get(name) ?? 'refused'
}

/** Where an answer came from, for messages. */
export interface AnswerPlace {
  /** `host:port`. */
  readonly server: string
  /** Name of the request: `OffsetFetch`. */
  readonly api: string
  /** What it was about: `topic "orders"`, `transactional id "millrace-a-0"`. */
  readonly subject: string
}

/** The error of an answer that carries the protocol error `name`; `detail` is the server's own sentence, if it gave one. */
export function refusal(
  name: string,
  place: AnswerPlace,
  detail: string | null = null,
  cause?: unknown,
): MillraceError {
  const error = detail === null || detail === '' ? name : `${name} (${detail})`
  switch (errorKind(name)) {
    case 'retry':
    case 'metadata':
    case 'coordinator':
      return new MillraceError('CLIENT_KAFKA_RETRYABLE', { ...place, error }, cause)
    case 'fenced':
      return new MillraceError('CLIENT_KAFKA_FENCED', { ...place, error }, cause)
    case 'refused':
      return new MillraceError('CLIENT_KAFKA_REFUSED', { ...place, error }, cause)
  }
}

/** The error of an answer that says too little, or what cannot be; whether the request took effect is unknown. */
export function damagedAnswer(
  { server, api }: Pick<AnswerPlace, 'server' | 'api'>,
  reason: string,
  cause?: unknown,
): MillraceError {
  return new MillraceError('CLIENT_KAFKA_RESPONSE_DAMAGED', { server, api, reason }, cause)
}

/** Throws for an error code other than 0. */
export function checkCode(code: number, place: AnswerPlace, detail: string | null = null): void {
  const name = errorName(code)
  if (name !== null) throw refusal(name, place, detail)
}

const withProtocolError: readonly string[] = ['CLIENT_KAFKA_RETRYABLE', 'CLIENT_KAFKA_REFUSED', 'CLIENT_KAFKA_FENCED']

/** Name of the protocol error behind an error of ours, or null: `NOT_COORDINATOR`. */
export function protocolErrorOf(thrown: unknown): string | null {
  if (!(thrown instanceof MillraceError) || !withProtocolError.includes(thrown.code)) return null
  return /^\w+/.exec(String(thrown.parameters['error']))?.[0] ?? null
}

/** Order in which the errors of one answer are reported: what is final before what may be retried. */
const severity: readonly ErrorKind[] = ['fenced', 'refused', 'coordinator', 'metadata', 'retry']

/** The error of ours for what the library threw when it parsed an answer or lost the connection. */
export function mapLibraryError(thrown: unknown, place: AnswerPlace): MillraceError {
  if (thrown instanceof MillraceError) return thrown
  if (thrown instanceof ResponseError) {
    const found = thrown.errors
      .filter((error) => error instanceof GenericError)
      .map((error) => ({
        name: String(error['apiId']),
        detail: typeof error['serverErrorMessage'] === 'string' ? error['serverErrorMessage'] : null,
      }))
      .sort((a, b) => severity.indexOf(errorKind(a.name)) - severity.indexOf(errorKind(b.name)))
    const worst = found[0]
    if (worst !== undefined) return refusal(worst.name, place, worst.detail, thrown)
  }
  const { server, api } = place
  if (isNetworkError(thrown)) {
    return new MillraceError('CLIENT_KAFKA_INDEFINITE', { server, api, reason: deepestReason(thrown) }, thrown)
  }
  return damagedAnswer(place, reasonOf(thrown), thrown)
}

/** The answer that came with protocol errors inside, for callers that look at each part of it; null when there was none. */
export function answerOf<R>(thrown: unknown): R | null {
  const cause = thrown instanceof MillraceError ? thrown.cause : thrown
  return cause instanceof ResponseError ? (cause['response'] as R) : null
}

function isNetworkError(thrown: unknown): boolean {
  if (!(thrown instanceof GenericError)) return false
  return thrown.code === 'PLT_KFK_NETWORK' || thrown.code === 'PLT_KFK_TIMEOUT' || thrown.code === 'PLT_KFK_USER'
}

/** The error of ours for a connection that could not be made. */
export function mapConnectError(thrown: unknown, server: string): MillraceError {
  if (thrown instanceof MillraceError) return thrown
  const reason = deepestReason(thrown)
  for (const error of chainOf(thrown)) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code === 'PLT_KFK_AUTHENTICATION' || code === 'PLT_KFK_USER' || isCertificateCode(code)) {
      return new MillraceError('CLIENT_KAFKA_AUTH', { server, reason }, thrown)
    }
  }
  return new MillraceError('CLIENT_KAFKA_UNREACHABLE', { server, reason }, thrown)
}

/** Codes of OpenSSL and Node for certificates and handshakes that waiting does not mend. */
function isCertificateCode(code: string): boolean {
  return /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/.test(code)
}

function* chainOf(thrown: unknown): Generator<unknown> {
  let current = thrown
  // A chain of causes that goes in a circle is cut.
  for (let depth = 0; current !== undefined && current !== null && depth < 8; depth++) {
    yield current
    if (current instanceof AggregateError && current.errors.length > 0) current = current.errors[0]
    else current = current instanceof Error ? current.cause : undefined
  }
}

function deepestReason(thrown: unknown): string {
  let reason = ''
  for (const error of chainOf(thrown)) {
    const text = reasonOf(error)
    if (text !== '') reason = text
  }
  return reason
}
