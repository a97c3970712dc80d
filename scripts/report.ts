/** What a check found: one line when all is fine, else one line per fault. */
export interface CheckResult {
  /** `rooms: 84 files, 312 imports, fine`. */
  readonly summary: string
  /** `src/a.ts:3: what is wrong`. */
  readonly faults: readonly string[]
}

/** Prints a result and sets the exit code. */
export function report({ summary, faults }: CheckResult): void {
  if (faults.length === 0) {
    console.log(summary)
    return
  }
  for (const fault of faults) console.error(fault)
  console.error(`${summary.split(':')[0]}: ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}`)
  process.exitCode = 1
}
