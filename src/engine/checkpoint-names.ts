/** Name under which an engine keeps the list of its known versions among the checkpoints. */
export const KNOWN_VERSIONS = 'versions'

/** Name of a checkpoint: a task's `<slot>/<partition>` or KNOWN_VERSIONS, of one of the engines that share a store. */
export function checkpointName(engine: string, name: string): string {
  return `${engine}/${name}`
}

/** The task that a checkpoint of this engine belongs to, or null. */
export function taskOfCheckpoint(engine: string, checkpoint: string): string | null {
  const prefix = checkpointName(engine, '')
  const task = checkpoint.startsWith(prefix) ? checkpoint.slice(prefix.length) : ''
  return /^\d+\/\d+$/.test(task) ? task : null
}
