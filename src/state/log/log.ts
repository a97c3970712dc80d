import { resolve } from 'node:path'
import { durabilities, EmbeddedLog } from '../../clients/log/log.ts'
import { choice, text } from '../../config/option.ts'
import { FolderArtifacts } from '../artifacts.ts'
import type { StateComponent } from '../state.ts'
import { LogCheckpoints } from './store.ts'

const options = {
  path: text({
    summary: 'file of the embedded log that holds the checkpoints, relative to the engine document',
    default: 'data/millrace.db',
    since: '0.1.0',
  }),
  artifacts: text({
    summary: 'folder of the model artifacts, relative to the engine document',
    default: 'data/artifacts',
    since: '0.1.0',
  }),
  durability: choice(durabilities, {
    summary: 'what a commit survives: the end of the process in any way, or also the end of power',
    default: 'process',
    since: '0.1.0',
  }),
}

/** Checkpoints in an embedded log, artifacts in a folder. */
export const logState: StateComponent<typeof options> = {
  kind: 'state',
  name: 'log',
  summary: 'checkpoints in the file of an embedded log, in one transaction with streams of the same file',
  stability: 'beta',
  since: '0.1.0',
  guarantee: {
    level: 'exactly-once',
    condition: 'the input and all outputs are topics of the same log file',
  },
  options,
  domain: ({ path }, { baseFolder }) => EmbeddedLog.domainOf(resolve(baseFolder, path)),
  beside: ({ path }, topic) => ({ type: 'log', path, topic }),
  open: async ({ path, durability }, { baseFolder }) =>
    new LogCheckpoints(EmbeddedLog.open(resolve(baseFolder, path), { durability })),
  openArtifacts: async ({ artifacts }, { baseFolder }) => new FolderArtifacts(resolve(baseFolder, artifacts)),
}
