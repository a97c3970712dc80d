import { closest } from '../config/closest.ts'
import { ConfigFaults } from '../config/faults.ts'
import { MillraceError } from '../core/errors.ts'
import { parseArguments } from './arguments.ts'
import { overviewText, verbText } from './help.ts'
import { Printer, visible } from './printer.ts'
import { unlessStopped } from './unless-stopped.ts'
import type { Verb, World } from './verb.ts'
import { versionText } from './version.ts'

type Verbs = Readonly<Record<string, Verb>>

/** Runs one command line and returns the exit status; never throws. */
export async function runCommandLine(verbs: Verbs, args: readonly string[], world: World): Promise<number> {
  try {
    return await dispatch(verbs, args, world)
  } catch (thrown) {
    const error = MillraceError.from(thrown, 'the command line')
    // As with any other tool in a pipe: who closed it knows.
    if (error.code === 'CLI_OUTPUT_CLOSED') return 0
    try {
      await reportError(error, args, world)
    } catch {
      // Nobody reads the error either.
    }
    return isUsageError(error) ? 2 : 1
  }
}

/** The verb that the first words name, with the arguments after it. */
export function findVerb(verbs: Verbs, args: readonly string[]): { readonly verb: Verb; readonly rest: string[] } {
  const [first = '', second = ''] = args
  for (const [name, words] of [
    [`${first} ${second}`, 2],
    [first, 1],
  ] as const) {
    if (Object.hasOwn(verbs, name)) return { verb: verbs[name] as Verb, rest: args.slice(words) }
  }
  const renamed = Object.values(verbs).find(({ formerName }) => formerName === first)
  if (renamed) return { verb: renamed, rest: args.slice(1) }
  const names = Object.keys(verbs)
  const below = names.filter((name) => name.startsWith(`${first} `))
  const wanted = below.length > 0 && !second.startsWith('-') ? `${first} ${second}`.trim() : first
  const firstWords = names.map((name) => name.split(' ')[0] as string)
  const known = below.length > 0 ? below : [...new Set([...names, ...firstWords])]
  const hint = closest(wanted, known).replace(/^; known: .*/, '; millrace help lists them')
  throw new MillraceError('CLI_VERB_UNKNOWN', { verb: wanted, hint: below.length > 0 ? closest(wanted, below) : hint })
}

async function dispatch(verbs: Verbs, args: readonly string[], world: World): Promise<number> {
  const [first] = args
  const columns = Math.min(100, world.stdout.columns)
  if (first === undefined || /^--?h(elp)?$/.test(first) || (first === 'help' && args.length === 1)) {
    const out = first === undefined ? world.stderr : world.stdout
    await out.write(`${overviewText(verbs, columns)}\n`)
    return first === undefined ? 2 : 0
  }
  if (/^--?v(ersion)?$/.test(first)) {
    await world.stdout.write(`${versionText()}\n`)
    return 0
  }
  if (first === 'help') {
    await world.stdout.write(`${helpOf(verbs, args.slice(1), columns)}\n`)
    return 0
  }
  const isCommon = /^--?(json|q|quiet|no-color)$/
  const leading = args.findIndex((arg) => !isCommon.test(arg))
  const { verb, rest } = findVerb(verbs, args.slice(Math.max(0, leading)))
  const { options, operands } = parseArguments(verb, [...args.slice(0, Math.max(0, leading)), ...rest])
  if (options['help'] === true) {
    await world.stdout.write(`${verbText(verb, columns)}\n`)
    return 0
  }
  const print = new Printer(world.stdout, world.stderr, {
    isJson: options['json'] === true,
    isQuiet: options['quiet'] === true,
    isColored: options['color'] === true && !world.env['NO_COLOR'] && world.stdout.isTerminal,
  })
  const ended = verb.run({ world, options, operands, print })
  return (await (verb.endsInOrder ? ended : unlessStopped(world.stop, ended))) ?? 0
}

/** Help for a verb, or for all verbs of a group: `help topic`. */
function helpOf(verbs: Verbs, words: readonly string[], columns: number): string {
  const below = Object.values(verbs).filter((verb) => words.length === 1 && verb.name.startsWith(`${words[0]} `))
  const chosen = below.length > 0 ? below : [findVerb(verbs, words).verb]
  return chosen.map((verb) => verbText(verb, columns)).join(`\n\n`)
}

async function reportError(error: MillraceError, args: readonly string[], world: World): Promise<void> {
  const faults = error instanceof ConfigFaults ? error.faults : null
  if (args.some((arg) => /^--?json$/.test(arg))) {
    const report = { code: error.code, message: error.message, ...(faults ? { faults } : {}) }
    await world.stdout.write(`${JSON.stringify({ error: report })}\n`)
  } else {
    const lines = faults ? faults.map((fault) => fault.message) : [error.message]
    // A document's fault begins with its place, which editors and terminals turn into links.
    const prefix = faults ? '' : 'millrace: '
    await world.stderr.write(lines.map((line) => `${prefix}${visible(oneLine(line))}\n`).join(''))
  }
  if (world.env['MILLRACE_DEBUG'] === '1') await world.stderr.write(`${stackOf(error)}\n`)
}

function isUsageError(error: MillraceError): boolean {
  return /^CLI_(VERB|OPTION|OPERAND)_/.test(error.code)
}

function oneLine(text: string): string {
  return text.replace(/\s*\r?\n\s*/g, ' ')
}

function stackOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  const cause = thrown.cause === undefined ? '' : `\ncaused by: ${stackOf(thrown.cause)}`
  return `${thrown.stack ?? thrown.message}${cause}`
}
