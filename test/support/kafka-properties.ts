/**
 * What brokers of tests have besides: short sessions allowed, heartbeats often, abandoned transactions found soon, compaction without delay, and no
 * retention by time, as the records of tests have times of their own, years ago.
 */
export const testBrokerProperties = {
  'group.min.session.timeout.ms': '1000',
  'group.consumer.min.session.timeout.ms': '1000',
  'group.consumer.min.heartbeat.interval.ms': '200',
  'group.consumer.heartbeat.interval.ms': '500',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500',
  'log.cleaner.backoff.ms': '500',
  'log.retention.check.interval.ms': '1000',
  'log.retention.ms': '-1',
} as const
