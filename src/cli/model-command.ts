import type { OptionTable, OptionValues } from '../config/option.ts'
import { MillraceError } from '../core/errors.ts'
import type { RecordValue } from '../schema/value.ts'
import { actionValue, type ModelTarget, modelTarget, modelTargetOptions } from './model-target.ts'
import type { ModelSubject } from './model-topic.ts'
import { defineVerb, type Example, type Operand, type Verb } from './verb.ts'

/** What one of the verbs that send a bare command says about itself. */
export interface ModelCommandDeclaration<T extends OptionTable> {
  readonly action: 'pin' | 'unpin' | 'retire'
  readonly summary: string
  readonly operands: readonly Operand[]
  /** Options beside those that say where the model stream is. */
  readonly options?: T
  readonly examples: readonly Example[]
  /** Throws for options that the version on the command line does not fit. */
  readonly check?: (subject: ModelSubject, options: OptionValues<T>) => void
  /** What is left to do when the message is on the stream. */
  readonly afterwards?: (target: ModelTarget, subject: ModelSubject, options: OptionValues<T>) => Promise<void>
}

/** A verb that names a version, or only a key, on the model stream. */
export function defineModelCommand<const T extends OptionTable>({
  action,
  options: further,
  check,
  afterwards,
  ...declaration
}: ModelCommandDeclaration<T>): Verb {
  return defineVerb({
    name: `model ${action}`,
    ...declaration,
    options: { ...modelTargetOptions, ...further },
    run: async ({ world, options: given, operands, print }) => {
      const options = given as OptionValues<typeof modelTargetOptions> & OptionValues<T>
      const target = await modelTarget(world, options)
      if (target.key === '') {
        const reason = 'option "--key" is missing: the key of the records'
        throw new MillraceError('CLI_OPTION_WRONG', { reason })
      }
      const [, name = '', version = ''] = /^(.*?)(?:@(.*))?$/.exec(operands[0] ?? '') ?? []
      const subject = { action, dataType: target.key, name, version }
      check?.(subject, options)
      const value = { name, version, dataType: target.key, action: actionValue(action, options.encoding) }
      const position = await target.send({ ...subject, value: value as RecordValue })
      await afterwards?.(target, subject, options)
      const what = operands[0] ?? `key "${target.key}"`
      const at = position === null ? '' : ` at ${position}`
      await print.result({ action, name, version, key: target.key, position }, `${action} ${what}${at}`)
      return 0
    },
  })
}
