/**
 * Effects that become durable together or not at all: outputs, dead letters, positions, checkpoint.
 *
 * A transaction belongs to a domain (one embedded log file, one Kafka cluster). Readers, writers and stores of the same
 * domain take part in it; the task makes one for each commit and nobody else ends it.
 */
export interface Transaction {
  /** Name of what commits, for example `log:/data/millrace.db`. Equal names take part in one commit. */
  readonly domain: string
  /** Resolves when everything is durable. On an error nothing is. Called once. */
  commit(): Promise<void>
  /** Drops everything. Idempotent; nothing after `commit`. */
  abort(): void
}
