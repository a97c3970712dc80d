/** What brokers of tests have besides: short sessions allowed, abandoned transactions found soon, compaction without delay. */
export const testBrokerProperties = {
  'group.min.session.timeout.ms': '1000',
  'group.consumer.min.session.timeout.ms': '1000',
  'group.consumer.min.heartbeat.interval.ms': '200',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500',
  'log.cleaner.backoff.ms': '500',
  'log.retention.check.interval.ms': '1000',
} as const
