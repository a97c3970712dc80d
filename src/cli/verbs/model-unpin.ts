import { defineModelCommand } from '../model-command.ts'

/** Lets newer versions take over again. */
export const modelUnpinVerb = defineModelCommand({
  action: 'unpin',
  summary: 'Let versions that are published take over again',
  operands: [{ name: 'name[@version]', summary: 'The version that was pinned', isOptional: true }],
  examples: [{ command: 'millrace model unpin --key iris', summary: 'the newest one takes over' }],
})
