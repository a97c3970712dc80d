import { MillraceError } from '../../core/errors.ts'
import { completionScript, shells } from '../completion.ts'
import { defineVerb, type Verb } from '../verb.ts'

/** The verb that prints completion scripts; it needs all the others. */
export function completionVerb(all: () => readonly Verb[]): Verb {
  return defineVerb({
    name: 'completion',
    summary: 'Print the completion script of a shell',
    operands: [{ name: 'shell', summary: 'bash, zsh or fish' }],
    options: {},
    examples: [
      { command: 'source <(millrace completion bash)', summary: 'in ~/.bashrc' },
      { command: 'source <(millrace completion zsh)', summary: 'in ~/.zshrc' },
      { command: 'millrace completion fish > ~/.config/fish/completions/millrace.fish', summary: 'once' },
    ],
    run: async ({ operands, print }) => {
      const shell = shells.find((known) => known === operands[0])
      if (!shell) {
        const reason = `there is no completion for "${operands[0]}", only for: ${shells.join(', ')}`
        throw new MillraceError('CLI_OPTION_WRONG', { reason })
      }
      await print.line(completionScript(shell, all()))
      return 0
    },
  })
}
