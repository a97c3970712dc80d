/** Name under which an engine keeps the list of its known versions among the checkpoints. */
export const KNOWN_VERSIONS = 'versions'

/** Name of what one of the engines that share a store keeps among the checkpoints. */
export function checkpointName(engine: string, name: string): string {
  return `${engine}/${name}`
}

/**
 * Name of a task's checkpoint. Positions of one source mean nothing in another: a slot that is given another stream has a
 * checkpoint of its own there, and goes on where it stood when it is given the former one again.
 */
export function taskCheckpoint(engine: string, task: string, source: string): string {
  return checkpointName(engine, `${task}/${source}`)
}

/** The task that a checkpoint of this engine belongs to, or null. */
export function taskOfCheckpoint(engine: string, checkpoint: string): string | null {
  const prefix = checkpointName(engine, '')
  const name = checkpoint.startsWith(prefix) ? checkpoint.slice(prefix.length) : ''
  return /^(\d+\/\d+)\//.exec(name)?.[1] ?? null
}
