import type { LogFile } from './log-file.ts'

/** A consumer group's committed position in one partition. */
export interface GroupPosition {
  readonly group: string
  readonly topic: string
  readonly partition: number
  /** Position of the first record that the group has not done. */
  readonly position: number
}

/** Sets a committed position; inside a write transaction. */
export function setPosition(file: LogFile, group: string, partitionId: number, position: number): void {
  file
    .statement(
      `INSERT INTO positions VALUES (?, ?, ?)
        ON CONFLICT (consumer_group, partition_id) DO UPDATE SET position = excluded.position`,
    )
    .run(group, partitionId, position)
}

/** A group's committed position, or null when it has none. */
export function positionOf(file: LogFile, group: string, partitionId: number): number | null {
  const row = file
    .statement('SELECT position FROM positions WHERE consumer_group = ? AND partition_id = ?')
    .get(group, partitionId) as unknown as [number] | undefined
  return row?.[0] ?? null
}

/** All committed positions, by group, topic and partition. */
export function listPositions(file: LogFile): GroupPosition[] {
  const rows = file
    .statement(
      `SELECT c.consumer_group, t.name, p.partition, c.position FROM positions c
        JOIN partitions p ON p.id = c.partition_id JOIN topics t ON t.id = p.topic_id ORDER BY 1, 2, 3`,
    )
    .all() as unknown as [string, string, number, number][]
  return rows.map(([group, topic, partition, position]) => ({ group, topic, partition, position }))
}
