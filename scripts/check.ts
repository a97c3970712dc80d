// Runs everything that `npm run check` stands for, one part after the other, and stops at the first that finds a fault.
// With --tests (as `npm test` does) the tests follow; arguments after it go to vitest.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** One program with its arguments. */
interface Part {
  readonly name: string
  readonly command: readonly [string, ...string[]]
}

const parts: readonly Part[] = [
  { name: 'types', command: ['tsc', '-p', 'tsconfig.json', '--noEmit'] },
  { name: 'lint', command: ['biome', 'check', '--error-on-warnings', '.'] },
  { name: 'rooms', command: ['node', 'scripts/check-rooms.ts'] },
  { name: 'mirror', command: ['node', 'scripts/check-mirror.ts'] },
  { name: 'reference', command: ['node', 'scripts/generate.ts', '--check'] },
  { name: 'documents', command: ['node', 'scripts/check-docs.ts'] },
]

/** The parts that the arguments ask for. */
export function partsOf(args: readonly string[]): readonly Part[] {
  if (args[0] !== '--tests') return parts
  return [...parts, { name: 'tests', command: ['vitest', 'run', ...args.slice(1)] }]
}

/** Runs parts in order; the result is the exit status of the first that is not 0, or 0. */
export function runParts(chosen: readonly Part[], root: string, announce: (line: string) => void): number {
  for (const { name, command } of chosen) {
    announce(`── ${name}`)
    const [program, ...args] = command
    const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit' })
    if (error) announce(`${program} cannot be started: ${error.message}`)
    if (status !== 0) {
      announce(`── ${name} found faults; what comes after it was not run`)
      return status ?? 1
    }
  }
  return 0
}

if (import.meta.main) {
  process.exitCode = runParts(partsOf(process.argv.slice(2)), join(import.meta.dirname, '..'), console.log)
}
