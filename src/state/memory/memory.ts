import { randomUUID } from 'node:crypto'
import type { StateComponent } from '../state.ts'
import { MemoryArtifacts, MemoryCheckpoints } from './store.ts'

const options = {}

/** Checkpoints and artifacts of one thread, for library use and tests: nothing outlives it. */
export const memoryState: StateComponent<typeof options> = {
  kind: 'state',
  name: 'memory',
  summary: 'checkpoints and artifacts in the memory of one thread; nothing is resumed after a restart',
  stability: 'stable',
  since: '0.1.0',
  guarantee: { level: 'at-most-once', condition: 'positions are forgotten with the process' },
  options,
  domain: () => null,
  open: async () => new MemoryCheckpoints(randomUUID()),
  openArtifacts: async () => new MemoryArtifacts(),
}
