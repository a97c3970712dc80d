import { closest } from '../config/closest.ts'
import { ConfigFaults } from '../config/faults.ts'
import { type Flag, flagsOf, valuesOfFlags } from '../config/flags.ts'
import type { OptionTable, OptionValues } from '../config/option.ts'
import { parseOptions } from '../config/parse.ts'
import { MillraceError } from '../core/errors.ts'
import { commonOptions, type Verb } from './verb.ts'

/** A command line, read. */
export interface ParsedArguments {
  readonly options: OptionValues<OptionTable>
  readonly operands: readonly string[]
}

/** Flags with a spelling of one letter. */
const shortFlags: Readonly<Record<string, string>> = Object.freeze({ h: 'help', q: 'quiet', f: 'follow' })

/**
 * Reads the arguments after a verb: `--name value`, `--name=value`, and as FastScore wrote them `-name value`, `-name=value`,
 * `-name:value`. A boolean takes no value and is switched off by `--no-name`; `--` ends the options.
 */
export function parseArguments(verb: Verb, args: readonly string[]): ParsedArguments {
  const table = optionsOf(verb)
  const flags = flagsOf(table)
  const given: Record<string, (string | boolean)[]> = {}
  const operands: string[] = []
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string
    if (arg === '--') {
      operands.push(...args.slice(i + 1))
      break
    }
    if (!isOption(arg)) {
      operands.push(arg)
      continue
    }
    const { flag, isNegated, value } = readOption(verb, flags, arg)
    const values = (given[flag.name] ??= [])
    if (flag.form.kind === 'boolean') values.push(value ?? !isNegated)
    else if (value !== null) values.push(value)
    else if (i + 1 < args.length) values.push(args[++i] as string)
    else throw new MillraceError('CLI_OPTION_EMPTY', { option: flag.name })
  }
  // Help is given whatever else is missing.
  if (given['help']?.at(-1) === true) return { options: { help: true }, operands }
  checkOperands(verb, operands)
  return { options: checkedOptions(table, flags, given), operands }
}

/** The options of a verb with those that every verb has. */
export function optionsOf(verb: Verb): OptionTable {
  return { ...verb.options, ...commonOptions }
}

/** True for what is an option and not an operand: `-` is standard input, `-5` a number. */
function isOption(arg: string): boolean {
  return /^--?[A-Za-z]/.test(arg)
}

interface ReadOption {
  readonly flag: Flag
  readonly isNegated: boolean
  readonly value: string | null
}

function readOption(verb: Verb, flags: readonly Flag[], arg: string): ReadOption {
  const bare = arg.replace(/^--?/, '')
  const [, name = '', value = null] = /^([^=:]*)(?:[=:]([\s\S]*))?$/.exec(bare) ?? []
  const kebab = shortFlags[name] ?? name.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `-${letter}`).toLowerCase()
  const flag = flags.find((known) => known.name === kebab)
  if (flag) return { flag, isNegated: false, value }
  const positive = flags.find((known) => known.form.kind === 'boolean' && `no-${known.name}` === kebab)
  if (positive && value === null) return { flag: positive, isNegated: true, value }
  const hint = closest(
    kebab,
    flags.map((known) => known.name),
  ).replace(/"(.+)"/, '"--$1"')
  throw new MillraceError('CLI_OPTION_UNKNOWN', { verb: verb.name, option: kebab, hint })
}

function checkOperands(verb: Verb, operands: readonly string[]): void {
  const { usage } = verb
  const missing = verb.operands.find((operand, i) => !operand.isOptional && i >= operands.length)
  if (missing) throw new MillraceError('CLI_OPERAND_MISSING', { operand: `<${missing.name}>`, usage })
  const surplus = operands[verb.operands.length]
  if (surplus !== undefined && !verb.operands.at(-1)?.isRepeated)
    throw new MillraceError('CLI_OPERAND_UNEXPECTED', { operand: surplus, usage })
}

function checkedOptions(
  table: OptionTable,
  flags: readonly Flag[],
  given: Readonly<Record<string, (string | boolean)[]>>,
): OptionValues<OptionTable> {
  try {
    return parseOptions(table, valuesOfFlags(flags, given), { source: 'command line' })
  } catch (thrown) {
    if (!(thrown instanceof ConfigFaults)) throw thrown
    const sentences = thrown.faults.map(({ path, message }) => {
      const flag = flags.find((known) => known.path.join('.') === path || path.startsWith(`${known.path.join('.')}.`))
      const sentence = message.replace(/^command line: /, '')
      return flag ? sentence.replace(`option "${path}"`, `option "--${flag.name}"`) : sentence
    })
    throw new MillraceError('CLI_OPTION_WRONG', { reason: sentences.join('; ') }, thrown)
  }
}
