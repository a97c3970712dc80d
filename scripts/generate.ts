// Writes docs/reference from what the code declares: components, errors, telemetry events, verbs, JSON Schemas.
// With --check it writes nothing and reports what differs.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { kinds } from '../src/config/component.ts'
import { Registry } from '../src/config/registry.ts'
import { catalogue } from '../src/core/errors.ts'
import { componentIndex, componentPage, componentSchema } from './reference/components.ts'
import { errorsPage } from './reference/errors.ts'
import { pmmlPage } from './reference/pmml.ts'
import { telemetryPage } from './reference/telemetry.ts'
import { tensorflowPage } from './reference/tensorflow.ts'
import { type Verb, verbPage } from './reference/verbs.ts'
import { type CheckResult, report } from './report.ts'
import { listFiles } from './source-file.ts'

/** Folder of the generated pages, from the root. */
export const referenceFolder = 'docs/reference'

/** What the pages are made from. */
export interface ReferenceSource {
  readonly registry: Registry
  readonly catalogue: Parameters<typeof errorsPage>[0]
  /** Text of src/core/telemetry.ts: its events are types, which do not exist at run time. */
  readonly telemetryText: string
  readonly verbs: readonly Verb[]
}

/** All pages by path from the root. The same source gives the same bytes. */
export function referencePages(source: ReferenceSource): Map<string, string> {
  const pages = new Map<string, string>()
  const add = (path: string, content: string) => pages.set(`${referenceFolder}/${path}`, content)
  add('README.md', componentIndex(source.registry, source.verbs.length > 0))
  for (const component of kinds.flatMap((kind) => source.registry.list(kind))) {
    add(`components/${component.kind}-${component.name}.md`, componentPage(component))
    add(`schemas/${component.kind}-${component.name}.json`, componentSchema(component))
  }
  add('errors.md', errorsPage(source.catalogue))
  add('telemetry.md', telemetryPage(source.telemetryText))
  add('pmml.md', pmmlPage())
  add('tensorflow.md', tensorflowPage())
  if (source.verbs.length > 0) add('command-line.md', verbPage(source.verbs))
  return pages
}

/** Compares pages with what stands in the repository. */
export function comparePages(root: string, pages: ReadonlyMap<string, string>): CheckResult {
  const missing = [...pages].flatMap(([path, content]) => {
    if (!existsSync(join(root, path))) return [`${path}:1: is missing; npm run generate writes it`]
    const line = firstDifference(readFileSync(join(root, path), 'utf8'), content)
    return line === null ? [] : [`${path}:${line}: is not what the code declares; npm run generate rewrites it`]
  })
  const left = extraPages(root, pages).map(
    (path) => `${path}:1: nothing declares this page; npm run generate removes it`,
  )
  return { summary: `reference: ${pages.size} pages, fine`, faults: [...missing, ...left] }
}

/** Writes pages and removes those that nothing declares any more. */
export function writePages(root: string, pages: ReadonlyMap<string, string>): void {
  for (const path of extraPages(root, pages)) rmSync(join(root, path))
  for (const [path, content] of pages) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
}

function extraPages(root: string, pages: ReadonlyMap<string, string>): string[] {
  return listFiles(root, referenceFolder, ['.md', '.json']).filter((path) => !pages.has(path))
}

function firstDifference(here: string, wanted: string): number | null {
  if (here === wanted) return null
  const lines = here.split('\n')
  const index = wanted.split('\n').findIndex((line, i) => line !== lines[i])
  return index === -1 ? lines.length : index + 1
}

async function sourceOf(root: string): Promise<ReferenceSource> {
  const load = async (path: string) => (existsSync(join(root, path)) ? await import(join(root, path)) : null)
  const components = (await load('src/components.ts')) as { registry: Registry } | null
  const commandLine = (await load('src/cli/verbs.ts')) as { verbs: Readonly<Record<string, Verb>> } | null
  return {
    registry: components?.registry ?? new Registry([]),
    catalogue,
    telemetryText: readFileSync(join(root, 'src/core/telemetry.ts'), 'utf8'),
    verbs: Object.values(commandLine?.verbs ?? {}),
  }
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..')
  const pages = referencePages(await sourceOf(root))
  if (!process.argv.includes('--check')) writePages(root, pages)
  report(comparePages(root, pages))
}
