import { MillraceError } from '../core/errors.ts'
import type { RecordValue } from '../schema/value.ts'
import { actionValue, modelTarget, modelTargetOptions } from './model-target.ts'
import { defineVerb, type Example, type Operand, type Verb } from './verb.ts'

/** What one of the verbs that send a bare command says about itself. */
export interface ModelCommandDeclaration {
  readonly action: 'pin' | 'unpin' | 'retire'
  readonly summary: string
  readonly operands: readonly Operand[]
  readonly examples: readonly Example[]
}

/** A verb that names a version, or only a key, on the model stream. */
export function defineModelCommand({
  action,
  ...declaration
}: ModelCommandDeclaration): Verb<typeof modelTargetOptions> {
  return defineVerb({
    name: `model ${action}`,
    ...declaration,
    options: modelTargetOptions,
    run: async ({ world, options, operands, print }) => {
      const target = await modelTarget(world, options)
      if (target.key === '') {
        const reason = 'option "--key" is missing: the key of the records'
        throw new MillraceError('CLI_OPTION_WRONG', { reason })
      }
      const [, name = '', version = ''] = /^(.*?)(?:@(.*))?$/.exec(operands[0] ?? '') ?? []
      const message = { name, version, dataType: target.key, action: actionValue(action, options.encoding) }
      const position = await target.send(message as RecordValue)
      const subject = operands[0] ?? `key "${target.key}"`
      const at = position === null ? '' : ` at ${position}`
      await print.result({ action, name, version, key: target.key, position }, `${action} ${subject}${at}`)
      return 0
    },
  })
}
