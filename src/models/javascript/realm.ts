import { constants, createContext, Script } from 'node:vm'
import { MillraceError, reasonOf } from '../../core/errors.ts'
import { excerptPlace, type ModuleText } from './source.ts'
import { describeThrown } from './thrown.ts'

/** A script ready to run in a realm: it yields the module function, which yields a function that reads the exports. */
export interface ModuleScript {
  readonly code: string
  /** Length of what precedes the module's text on line 1. */
  readonly headLength: number
}

/** A running instance of a module. */
export interface ModuleInstance {
  /** Current values of the exports (bindings are live, as in a real module). */
  readExports(): Readonly<Record<string, unknown>>
  /** Runs `job` and stops it after `timeoutMs`, whatever it does; false when it was stopped. About 0.1 ms a call. */
  runLimited(job: () => void, timeoutMs: number): boolean
}

const HEAD = '(function(){"use strict";'

/** Globals that let code block its thread or compile machine code; everything else of the language stays. */
const REMOVED = ['Atomics', 'SharedArrayBuffer', 'WebAssembly']
const SEAL = new Script(
  `${REMOVED.map((name) => `delete globalThis.${name};`).join('')}Object.freeze(Math);Object.freeze(JSON);Object.freeze(Reflect);Object.freeze(globalThis)`,
)
const JOB = '$job'
const RUN_JOB = new Script(`${JOB}.run()`)

/** Wraps a module's text in a strict function; the text was parsed as a module, so it cannot end that function early. */
export function scriptOf(module: ModuleText): ModuleScript {
  const fields = [...module.exports].map(([exported, local]) => `[${JSON.stringify(exported)}]:${local}`)
  return {
    code: `${HEAD}${module.body}\nreturn function(){return {__proto__:null,${fields.join(',')}}}})`,
    headLength: HEAD.length,
  }
}

/**
 * Compiles and evaluates a module in a realm of its own: the language's globals without `process`, `require`, timers, `fetch`
 * or code from strings, frozen.
 *
 * It is NOT a security sandbox: a record passed in leads back to this realm. Only allow models of people who are trusted to
 * run code here. A realm costs about 0.5 ms and is collected with its last function; nothing is registered anywhere.
 */
export function instantiate(script: ModuleScript, source: string): ModuleInstance {
  const compiled = compile(script, source)
  const realm = createContext(constants.DONT_CONTEXTIFY, {
    name: 'model',
    codeGeneration: { strings: false, wasm: false },
  })
  const holder: { run: () => void } = { run: () => {} }
  Object.defineProperty(realm, JOB, { value: holder })
  SEAL.runInContext(realm)
  let readExports: () => Record<string, unknown>
  try {
    const evaluate = compiled.runInContext(realm) as () => () => Record<string, unknown>
    readExports = evaluate()
  } catch (thrown) {
    const { reason, place } = describeThrown(thrown, source)
    throw new MillraceError('MODEL_FUNCTION_START', { place, function: 'its module body', reason }, thrown)
  }
  return {
    readExports,
    runLimited: (job, timeoutMs) => {
      holder.run = job
      try {
        RUN_JOB.runInContext(realm, { timeout: timeoutMs })
        return true
      } catch (thrown) {
        if ((thrown as { code?: unknown } | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return false
        throw thrown
      } finally {
        holder.run = () => {}
      }
    },
  }
}

function compile(script: ModuleScript, source: string): Script {
  try {
    return new Script(script.code, { filename: source, columnOffset: -script.headLength })
  } catch (thrown) {
    const { line, column } = excerptPlace(thrown)
    const shift = line === 1 ? script.headLength : 0
    throw new MillraceError(
      'MODEL_FUNCTION_SYNTAX',
      { source, line, column: Math.max(1, column - shift), reason: reasonOf(thrown) },
      thrown,
    )
  }
}
