// Checks who imports whom against the table of the style guide (1.1 to 1.8). There is no list of exceptions.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CheckResult, report } from './report.ts'
import { type ImportedName, listFiles, readSourceFile, type SourceFile } from './source-file.ts'

/** What a room may import: whole rooms, and rooms of which only the interface file. */
interface RoomRule {
  readonly whole: readonly string[]
  readonly interfaces: readonly string[]
}

/** Interface file of each room that has one (1.5). */
const interfaceFiles: Readonly<Record<string, string>> = {
  encodings: 'encoding.ts',
  envelopes: 'envelope.ts',
  transports: 'transport.ts',
  clients: 'client.ts',
  state: 'state.ts',
  models: 'model.ts',
  streams: 'stream.ts',
  engine: 'engine.ts',
  monitor: 'monitor.ts',
}
const componentRooms = ['encodings', 'envelopes', 'transports', 'clients', 'state', 'models']
const allBelowServer = [...componentRooms, 'streams', 'engine', 'monitor']

const rules: Readonly<Record<string, RoomRule>> = {
  core: { whole: [], interfaces: [] },
  config: { whole: ['core'], interfaces: [] },
  schema: { whole: ['core'], interfaces: [] },
  clients: { whole: ['core', 'config'], interfaces: [] },
  envelopes: { whole: ['core', 'config'], interfaces: [] },
  encodings: { whole: ['core', 'config', 'schema'], interfaces: [] },
  models: { whole: ['core', 'config', 'schema'], interfaces: [] },
  monitor: { whole: ['core', 'config', 'schema'], interfaces: [] },
  transports: { whole: ['core', 'config', 'clients'], interfaces: [] },
  state: { whole: ['core', 'config', 'clients'], interfaces: [] },
  streams: { whole: ['core', 'config', 'schema'], interfaces: ['encodings', 'envelopes', 'transports'] },
  engine: { whole: ['core', 'config', 'schema', 'streams'], interfaces: ['models', 'state'] },
  server: { whole: ['core', 'config', 'schema'], interfaces: allBelowServer },
  cli: { whole: ['core', 'config', 'schema', 'server', ...allBelowServer], interfaces: [] },
  dashboard: { whole: [], interfaces: [] },
}

const registryFile = 'src/components.ts'
const emptyNames = /^(misc|utils?|common|helpers?)$/
const maxLines = 400

/** Checks all files below `root/src`. */
export function checkRooms(root: string): CheckResult {
  const files = listFiles(root, 'src').map((path) => readSourceFile(root, path))
  const components = componentFolders(files)
  const packages = packagesOf(root)
  const faults = files.flatMap((file) => [
    ...layoutFaults(file),
    ...file.imports.flatMap((imported) =>
      importFaults(root, file, imported, components, packages).map(
        (fault) => `${file.path}:${imported.line}: ${fault}`,
      ),
    ),
  ])
  const imports = files.reduce((sum, file) => sum + file.imports.length, 0)
  return {
    summary: `rooms: ${files.length} files, ${imports} imports, ${components.size} components, fine`,
    faults: [...faults, ...scatteredPackages(files, packages)],
  }
}

/** A component folder is one whose file components.ts imports. */
function componentFolders(files: readonly SourceFile[]): ReadonlySet<string> {
  const registry = files.find(({ path }) => path === registryFile)
  const targets = (registry?.imports ?? []).flatMap(({ target }) => target ?? [])
  return new Set(
    targets.filter((target) => componentRooms.includes(roomOf(target) ?? '') && isInFolder(target)).map(folderOf),
  )
}

function layoutFaults(file: SourceFile): string[] {
  const faults: string[] = []
  if (file.syntaxError !== null) faults.push(`${file.path}:1: ${file.syntaxError}`)
  const room = roomOf(file.path)
  if (room !== null && !(room in rules)) faults.push(`${file.path}:1: "${room}" is not a room (1.1)`)
  for (const name of file.path.replace(/\.ts$/, '').split('/')) {
    if (emptyNames.test(name)) faults.push(`${file.path}:1: "${name}" does not name what it does (1.8)`)
  }
  if (file.lines > maxLines && !/^(\/\/|\/\*)/.test(file.text)) {
    faults.push(`${file.path}:1: ${file.lines} lines; above ${maxLines} a file opens with the reason (1.7)`)
  }
  return faults
}

function importFaults(
  root: string,
  file: SourceFile,
  imported: ImportedName,
  components: ReadonlySet<string>,
  packages: Packages,
): string[] {
  if (imported.target === null) return packageFaults(file, imported, packages)
  const { target } = imported
  if (!existsSync(join(root, target))) return [`"${imported.specifier}" is not a file`]
  if (!target.startsWith('src/')) {
    return target === 'package.json' ? [] : [`"${target}" is outside of src`]
  }
  const from = roomOf(file.path)
  const to = roomOf(target)
  if (to === null) return entryFaults(from, target)
  const inside = folderOf(target)
  if (components.has(inside) && inside !== folderOf(file.path) && file.path !== registryFile) {
    const isSibling = from === to && isInFolder(file.path)
    return [
      `"${target}" belongs to a component: ${isSibling ? 'siblings share through their room (1.2)' : 'only components.ts imports it (1.3)'}`,
    ]
  }
  if (file.path === registryFile && components.has(inside) && target !== mainFileOf(inside)) {
    return [`"${target}" is not the main file of its component, ${mainFileOf(inside)} (6.1)`]
  }
  if (from === null || from === to) return []
  return roomFaults(from, to, target, imported.isType)
}

/** Files directly in src are entry points: only other entry points import them, and cli imports components.ts. */
function entryFaults(from: string | null, target: string): string[] {
  if (from === null || (from === 'cli' && target === registryFile)) return []
  return [`room "${from}" imports the entry point "${target}" (1.3)`]
}

function roomFaults(from: string, to: string, target: string, isType: boolean): string[] {
  if (from === 'dashboard') {
    if (target === 'src/server/api.ts' && isType) return []
    return ['room "dashboard" imports types of server/api.ts only (1.1)']
  }
  const rule = rules[from]
  if (rule === undefined || rule.whole.includes(to)) return []
  if (!rule.interfaces.includes(to)) return [`room "${from}" does not import room "${to}" (1.1)`]
  const allowed = `src/${to}/${interfaceFiles[to]}`
  return target === allowed ? [] : [`room "${from}" imports only ${allowed} of room "${to}", not "${target}" (1.1)`]
}

/** Names of declared packages; optional ones may be absent on a user's machine. */
interface Packages {
  readonly required: readonly string[]
  readonly optional: readonly string[]
}

function packagesOf(root: string): Packages {
  const file = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
    string,
    Record<string, unknown> | undefined
  >
  const optional = [...Object.keys(file['optionalDependencies'] ?? {}), ...Object.keys(file['peerDependencies'] ?? {})]
  return { required: Object.keys(file['dependencies'] ?? {}), optional }
}

function packageFaults(file: SourceFile, { specifier, isDynamic, isType }: ImportedName, packages: Packages): string[] {
  if (specifier.startsWith('node:')) return []
  const name = packageNameOf(specifier)
  if (name === 'zod' && roomOf(file.path) !== 'config') return ['only room "config" imports zod']
  if (packages.optional.includes(name)) {
    return isDynamic || isType ? [] : [`optional package "${name}" is imported with await import() at open (1.4)`]
  }
  if (packages.required.includes(name)) return []
  return [`package "${name}" is not among the dependencies of package.json`]
}

/** Rule 1.4: one folder per optional package. */
function scatteredPackages(files: readonly SourceFile[], { optional }: Packages): string[] {
  return optional.flatMap((name) => {
    const users = files.filter(({ imports }) => imports.some(({ specifier }) => packageNameOf(specifier) === name))
    const folders = [...new Set(users.map(({ path }) => folderOf(path)))]
    return folders.length > 1
      ? [`package.json:1: optional package "${name}" is imported in ${folders.join(', ')} (1.4)`]
      : []
  })
}

function packageNameOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** `src/encodings/json/json.ts` is in room `encodings`; a file directly in src is in none. */
function roomOf(path: string): string | null {
  const parts = path.split('/')
  return parts.length > 2 ? (parts[1] as string) : null
}

function isInFolder(path: string): boolean {
  return path.split('/').length > 3
}

/** `src/encodings/json` of `src/encodings/json/a/b.ts`; the room itself for a file directly in it. */
function folderOf(path: string): string {
  return path
    .split('/')
    .slice(0, isInFolder(path) ? 3 : 2)
    .join('/')
}

function mainFileOf(folder: string): string {
  return `${folder}/${folder.split('/').at(-1)}.ts`
}

if (import.meta.main) report(checkRooms(join(import.meta.dirname, '..')))
