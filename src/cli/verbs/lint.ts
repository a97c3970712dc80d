import { dirname, resolve } from 'node:path'
import { ConfigFaults, type Fault } from '../../config/faults.ts'
import type { Registry } from '../../config/registry.ts'
import { MillraceError } from '../../core/errors.ts'
import type { Guarantee } from '../../core/guarantee.ts'
import { engineGuarantee } from '../../engine/engine-guarantee.ts'
import { normalise } from '../../streams/descriptor.ts'
import { readDocument, readEngineFile } from '../engine-file.ts'
import { defineVerb, type World } from '../verb.ts'

/** What was found about one file. */
interface Finding {
  readonly file: string
  readonly kind: 'engine' | 'stream'
  readonly faults: readonly Pick<Fault, 'message' | 'line' | 'column' | 'code' | 'path'>[]
  readonly warnings: readonly string[]
  readonly guarantee: Guarantee | null
}

/** Checks documents without running anything. */
export const lintVerb = defineVerb({
  name: 'lint',
  summary: 'Check engine files and stream descriptors: every fault with line and column, and the guarantee',
  description:
    'A document with the option "slots" is an engine file, every other a stream descriptor, in our spelling or in that of FastScore.',
  operands: [{ name: 'file', summary: 'Engine file or stream descriptor, YAML or JSON', isRepeated: true }],
  options: {},
  examples: [
    { command: 'millrace lint engine.yaml', summary: 'what is wrong with it, or what each record is promised' },
    { command: 'millrace lint --json streams/*.json', summary: 'the same for programs' },
  ],
  run: async ({ world, operands, print }) => {
    const { registry } = await world.components()
    const findings = operands.map((file) => inspect(world, file, registry))
    if (print.isJson) await print.json(findings)
    else {
      for (const { file, kind, faults, warnings, guarantee } of findings) {
        for (const fault of faults) await print.line(print.paint('red', placed(file, fault)))
        for (const warning of warnings) await print.line(print.paint('yellow', `${file}: warning: ${warning}`))
        if (faults.length > 0) continue
        const verdict = guarantee ? `${guarantee.level}: ${guarantee.condition}` : 'no faults'
        await print.line(`${file}: ${kind} ${print.paint('green', 'is correct')}; ${verdict}`)
      }
    }
    return findings.some(({ faults }) => faults.length > 0) ? 1 : 0
  },
})

function inspect(world: World, file: string, registry: Registry): Finding {
  const warnings: string[] = []
  let kind: Finding['kind'] = 'engine'
  try {
    const document = readDocument(world, file)
    const { value } = document
    if (typeof value === 'object' && value !== null && !Array.isArray(value) && !('slots' in value)) kind = 'stream'
    if (kind === 'stream') {
      normalise(value, { document, source: file, warn: (text) => warnings.push(text) }, registry)
      return { file, kind, faults: [], warnings, guarantee: null }
    }
    const read = readEngineFile(world, file, registry)
    const guarantee = engineGuarantee(read.plan, registry)
    return { file, kind, faults: [], warnings: [...read.warnings, ...engineWarnings(read.plan)], guarantee }
  } catch (thrown) {
    return { file, kind, faults: faultsOf(thrown), warnings, guarantee: null }
  }
}

/** What is allowed and yet seldom meant. */
function engineWarnings({
  models,
  outputs,
  versions,
  baseFolder,
}: ReturnType<typeof readEngineFile>['plan']): string[] {
  return [
    ...(models ? [] : ['there is no model stream, so nothing will ever be scored']),
    ...(outputs.length > 0 ? [] : ['there is no odd slot, so predictions go nowhere']),
    ...(versions.locations.some((location) => resolve(baseFolder, location) === dirname(resolve('/')))
      ? ['models may be loaded from any file of the machine']
      : []),
  ]
}

function faultsOf(thrown: unknown): Finding['faults'] {
  if (thrown instanceof ConfigFaults) return thrown.faults
  const error = MillraceError.from(thrown, 'lint')
  const point = /:(\d+):(\d+)(?::|\s|$)/.exec(String(error.parameters['place'] ?? ''))
  return [
    {
      code: error.code,
      path: '',
      line: point ? Number(point[1]) : null,
      column: point ? Number(point[2]) : null,
      message: error.message,
    },
  ]
}

/** The sentence of a fault, beginning with its place exactly once. */
function placed(file: string, { message, line, column }: Finding['faults'][number]): string {
  if (message.startsWith(`${file}:${line}`) || line === null)
    return message.includes(file) ? message : `${file}: ${message}`
  return `${file}:${line}:${column}: ${message.startsWith(`${file}: `) ? message.slice(file.length + 2) : message}`
}
