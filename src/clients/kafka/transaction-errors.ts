import { MillraceError } from '../../core/errors.ts'
import { protocolErrorOf } from './protocol-errors.ts'

const ended = "the cluster has ended it, as it does after the transaction's time-out"
const lost = 'a broker has lost track of its records'

/** Answers after which nothing but aborting is left (KIP-1050), and why they are given. */
const reasons: Readonly<Record<string, string>> = {
  INVALID_TXN_STATE: ended,
  INVALID_PRODUCER_ID_MAPPING: ended,
  TRANSACTION_ABORTABLE: ended,
  OUT_OF_ORDER_SEQUENCE_NUMBER: lost,
  UNKNOWN_PRODUCER_ID: lost,
}

/**
 * The error that tells what became of a transaction: one that the cluster has ended, or that can only be aborted, can be begun again.
 * Errors of a producer without transactions (null) stay as they are.
 *
 * A producer that is fenced is not told from one whose transaction lasted too long. InitProducerId with its epoch would tell, but it
 * ends the transaction that another owner has open, whatever the epoch (TransactionCoordinator.prepareInitProducerIdTransit).
 */
export function explainTransactionError(error: MillraceError, transactionalId: string | null): MillraceError {
  const name = transactionalId === null ? null : protocolErrorOf(error)
  const reason = name === null ? undefined : reasons[name]
  if (reason === undefined) return error
  const parameters = { subject: `transactional id "${transactionalId}"`, reason: `${reason} (${name})` }
  return new MillraceError('CLIENT_KAFKA_ABORTED', parameters, error)
}
