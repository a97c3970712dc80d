import { defineModelCommand } from '../model-command.ts'

/** Keeps a version in its place. */
export const modelPinVerb = defineModelCommand({
  action: 'pin',
  summary: 'Let a version score and stay, whatever is published after it',
  operands: [{ name: 'name[@version]', summary: 'The version; without one, whichever is active' }],
  examples: [{ command: 'millrace model pin tree@2 --key iris', summary: 'back to version 2, until it is unpinned' }],
})
