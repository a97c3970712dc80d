import { defineModelCommand } from '../model-command.ts'

/** Takes a version out of service. */
export const modelRetireVerb = defineModelCommand({
  action: 'retire',
  summary: 'Take a version out of service',
  operands: [{ name: 'name[@version]', summary: 'The version; without one, all of this name' }],
  examples: [{ command: 'millrace model retire tree@2 --key iris', summary: 'its records have no model any more' }],
})
