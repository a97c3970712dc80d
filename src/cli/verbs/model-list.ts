import type { VersionAnswer } from '../../server/api.ts'
import { engineView, engineViewOptions } from '../engine-view.ts'
import type { Color } from '../printer.ts'
import { defineVerb } from '../verb.ts'

/** Lists the versions that an engine has seen. */
export const modelListVerb = defineVerb({
  name: 'model list',
  summary: 'List the versions that an engine has seen, with their states and why some were rejected',
  options: engineViewOptions,
  examples: [
    { command: 'millrace model list', summary: 'of the engine that serves at http://127.0.0.1:8090' },
    { command: 'millrace model list --engine engine.yaml --json', summary: 'of its last commit, for programs' },
  ],
  run: async ({ world, options, print }) => {
    await print.table(await engineView(world, options).versions(), [
      { title: 'KEY', of: (row) => row.key },
      { title: 'MODEL', of: (row) => `${row.model}@${row.version}` },
      { title: 'STATE', of: (row) => row.state, color: colorOf },
      { title: 'TASKS', of: (row) => row.tasks },
      { title: 'FORMAT', of: (row) => row.format },
      { title: 'POSITION', of: (row) => row.position },
      { title: 'DIGEST', of: (row) => row.digest.slice(0, 12) },
      { title: 'REASON', of: (row) => row.rejection?.message ?? '' },
    ])
    return 0
  },
})

function colorOf({ state }: VersionAnswer): Color | null {
  if (state === 'active') return 'green'
  if (state === 'rejected') return 'red'
  return state === 'retired' ? 'dim' : null
}
