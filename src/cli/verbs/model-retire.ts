import { boolean } from '../../config/option.ts'
import { MillraceError } from '../../core/errors.ts'
import { defineModelCommand } from '../model-command.ts'

/** Takes a version out of service. */
export const modelRetireVerb = defineModelCommand({
  action: 'retire',
  summary: 'Take a version out of service',
  operands: [{ name: 'name[@version]', summary: 'The version; without one, all of this name' }],
  options: {
    erase: boolean({
      summary:
        'Remove its artifact from a compacted topic too; an engine that starts later does not know that it was there, and goes on from what was active before',
      default: false,
    }),
  },
  examples: [
    { command: 'millrace model retire tree@2 --key iris', summary: 'its records have no model any more' },
    {
      command: 'millrace model retire tree@1 --key iris --erase --stream kafka:127.0.0.1:9092/models',
      summary: 'an old version, with its artifact',
    },
  ],
  check: ({ version }, { erase }) => {
    if (!erase || version !== '') return
    throw new MillraceError('CLI_OPTION_WRONG', { reason: 'option "--erase" needs a version: <name>@<version>' })
  },
  afterwards: async (target, subject, { erase }) => {
    if (erase) await target.erase(subject)
  },
})
