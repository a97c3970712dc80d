// Checks what documents say against what there is: links, error codes, components, commands, and blocks marked `run`.
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, posix } from 'node:path'
import { pathToFileURL } from 'node:url'
import { optionsOf } from '../src/cli/arguments.ts'
import type { Verb } from '../src/cli/verb.ts'
import { kinds } from '../src/config/component.ts'
import { flagsOf } from '../src/config/flags.ts'
import { Registry } from '../src/config/registry.ts'
import { catalogue } from '../src/core/errors.ts'
import { type CheckResult, report } from './report.ts'
import { lineAt, listFiles } from './source-file.ts'

/** What documents may refer to. */
export interface Referents {
  readonly codes: readonly string[]
  readonly registry: Registry
  /** `run`, `topic create`; null while the command line does not exist. */
  readonly verbs: readonly string[] | null
  /** Names of the flags of each verb, without the dashes. */
  readonly flags: Readonly<Record<string, readonly string[]>>
  /** Names of package.json scripts. */
  readonly scripts: readonly string[]
}

/** One document, read once. */
interface Page {
  readonly path: string
  readonly text: string
  readonly blocks: readonly Block[]
}

/** A fenced block of code. */
interface Block {
  /** What stands after the fence: `ts run`. */
  readonly info: string
  readonly code: string
  /** Line of the first line of code, from 1. */
  readonly line: number
}

/** Checks the documents below `root`; `isRunning` executes the blocks marked `run`. */
export function checkDocs(root: string, referents: Referents, isRunning: boolean): CheckResult {
  const top = readdirSync(root).filter((name) => name.endsWith('.md'))
  const paths = [...top.sort(), ...listFiles(root, 'docs', ['.md']), ...listFiles(root, 'examples', ['.md'])]
  const pages = paths.map((path) => readPage(root, path))
  const counts = { links: 0, commands: 0, runs: 0 }
  const faults = pages.flatMap((page) => [
    ...linkFaults(root, page, counts),
    ...codeFaults(page, referents),
    ...componentFaults(page, referents),
    ...commandFaults(page, referents, counts),
    ...(isRunning ? runFaults(root, page, counts) : []),
  ])
  const note = referents.verbs === null ? ' (verbs not checked: there is no src/cli/verbs.ts)' : ''
  const { links, commands, runs } = counts
  return {
    summary: `documents: ${pages.length} pages, ${links} links, ${commands} commands, ${runs} runs, fine${note}`,
    faults,
  }
}

function readPage(root: string, path: string): Page {
  const text = readFileSync(join(root, path), 'utf8')
  const blocks = [...text.matchAll(/^(`{3,})([^\n`]*)\n([\s\S]*?)^\1\s*$/gm)].map((match) => ({
    info: (match[2] as string).trim(),
    code: match[3] as string,
    line: lineAt(text, match.index) + 1,
  }))
  return { path, text, blocks }
}

function linkFaults(root: string, page: Page, counts: { links: number }): string[] {
  const prose = withoutBlocks(page.text)
  return [...prose.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)].flatMap((match) => {
    const link = match[1] as string
    if (/^[a-z][a-z0-9+.-]*:/i.test(link)) return []
    counts.links++
    const [file, anchor] = link.split('#') as [string, string | undefined]
    const target = file === '' ? page.path : posix.normalize(posix.join(posix.dirname(page.path), decodeURI(file)))
    const at = `${page.path}:${lineAt(page.text, match.index)}`
    if (target.startsWith('..') || !existsSync(join(root, target)))
      return [`${at}: link to "${file}", which is not there`]
    if (anchor && target.endsWith('.md') && !anchorsOf(readFileSync(join(root, target), 'utf8')).has(anchor)) {
      return [`${at}: link to "${link}", but ${target} has no such heading`]
    }
    return []
  })
}

/** Anchors as code hosts make them: lower case, no punctuation, dashes for spaces. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = withoutBlocks(text).matchAll(/^#+\s+(.*)$/gm)
  return new Set(
    [...headings].map(([, title]) =>
      (title as string)
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replace(/\s/g, '-'),
    ),
  )
}

function codeFaults(page: Page, { codes }: Referents): string[] {
  const rooms = [...new Set(codes.map((code) => code.split('_')[0]))].join('|')
  if (rooms === '') return []
  return [...page.text.matchAll(new RegExp(`(?<![\\w$])(?:${rooms})_[A-Z][A-Z_]*[A-Z]\\b`, 'g'))].flatMap((match) =>
    codes.includes(match[0])
      ? []
      : [`${page.path}:${lineAt(page.text, match.index)}: error code ${match[0]} is not in the catalogue`],
  )
}

/** Phrases such as "transport `kafka`" or "the `json` encoding". */
function componentFaults(page: Page, { registry }: Referents): string[] {
  const words = kinds.join('|')
  const phrases = new RegExp(`\\b(${words}) \`([a-z0-9-]+)\`|\`([a-z0-9-]+)\` (${words})\\b`, 'g')
  return [...page.text.matchAll(phrases)].flatMap((match) => {
    const kind = (match[1] ?? match[4]) as (typeof kinds)[number]
    const name = (match[2] ?? match[3]) as string
    if (registry.has(kind, name)) return []
    return [`${page.path}:${lineAt(page.text, match.index)}: there is no ${kind} "${name}"`]
  })
}

function commandFaults(page: Page, { verbs, flags, scripts }: Referents, counts: { commands: number }): string[] {
  const fault = (index: number, sentence: string) => `${page.path}:${lineAt(page.text, index)}: ${sentence}`
  const faults: string[] = []
  for (const [span, offset] of codeSpans(page.text)) {
    for (const match of span.matchAll(/\bnpm (?:run(?: -s| --silent)* )?([a-z][\w:-]*)/g)) {
      const name = match[1] as string
      const isRun = match[0].startsWith('npm run')
      if (!isRun && !['start', 'test'].includes(name)) continue // npm's own: npm ci, npm install
      counts.commands++
      if (!scripts.includes(name)) faults.push(fault(offset + match.index, `package.json has no script "${name}"`))
    }
    for (const match of span.matchAll(
      /(?:^|[\s;&|(])(?:npx )?millrace ([a-z][a-z|-]*)(?: ([a-z][a-z|-]*)(?![\w./:=]))?/gm,
    )) {
      counts.commands++
      const [whole, first, second] = match as unknown as [string, string, string | undefined]
      const index = offset + match.index + whole.search(/\S/)
      const verb = [`${first} ${second}`, first].find((name) => Object.hasOwn(flags, name))
      for (const flag of verb === undefined ? [] : flagsIn(span.slice(match.index + whole.length))) {
        if (!flags[verb as string]?.includes(flag))
          faults.push(fault(index, `"millrace ${verb}" has no option "--${flag}"`))
      }
      if (verbs === null || isVerb(first, second, verbs)) continue
      faults.push(
        fault(index, `"millrace ${[first, second].join(' ').trim()}" is not a command; verbs: ${verbs.join(', ')}`),
      )
    }
  }
  return faults
}

/** Names of the flags in the rest of a command: up to its end, a pipe or a comment, quoted texts aside. */
function flagsIn(rest: string): string[] {
  const bare = rest.replace(/\\\n/g, ' ').replace(/'[^']*'|"(?:[^"\\]|\\.)*"/g, '""')
  const command = bare.split(/\n|[|;&]|\s#/)[0] as string
  return [...command.matchAll(/\s--([a-z][a-z-]*)/g)].map((match) => match[1] as string)
}

/** True for `run`, `topic create`, and each of `model publish|list`. */
function isVerb(first: string, second: string | undefined, verbs: readonly string[]): boolean {
  return first.split('|').every((word) => {
    if (verbs.includes(word)) return true
    const below = verbs.filter((verb) => verb.startsWith(`${word} `))
    if (second === undefined) return below.length > 0
    return second.split('|').every((last) => below.includes(`${word} ${last}`))
  })
}

/** Inline code and fenced blocks, with their offsets. */
function codeSpans(text: string): [string, number][] {
  const matches = text.matchAll(/^(`{3,})[^\n`]*\n[\s\S]*?^\1\s*$|(`+)(?!`)[\s\S]*?[^`]\2(?!`)/gm)
  return [...matches].map((match) => [
    match[0].replace(/^`+|`+\s*$/g, (ticks) => ' '.repeat(ticks.length)),
    match.index,
  ])
}

function withoutBlocks(text: string): string {
  return text.replace(/^(`{3,})[^\n`]*\n[\s\S]*?^\1\s*$|(`+)(?!`)[^\n]*?[^`]\2(?!`)/gm, (block) =>
    block.replace(/[^\n]/g, ' '),
  )
}

/** Executes the blocks of one page in one fresh folder, in order, so that one may use what an earlier one wrote. */
function runFaults(root: string, page: Page, counts: { runs: number }): string[] {
  const marked = page.blocks.filter(({ info }) => /\brun\b/.test(info))
  if (marked.length === 0) return []
  const folder = mkdtempSync(join(tmpdir(), 'millrace-docs-'))
  try {
    if (existsSync(join(root, 'examples'))) symlinkSync(join(root, 'examples'), join(folder, 'examples'))
    return marked.flatMap((block) => {
      counts.runs++
      const { status, stderr, error } = runBlock(root, folder, block)
      if (status === 0) return []
      const reason = error?.message ?? (stderr.trim().split('\n').slice(-3).join(' / ') || `exit status ${status}`)
      return [`${page.path}:${block.line}: block "${block.info}" does not run: ${reason}`]
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function runBlock(root: string, folder: string, { info, code }: Block) {
  const settings = {
    cwd: folder,
    encoding: 'utf8',
    timeout: 60_000,
    env: {
      ...process.env,
      PATH: [join(folder, '.bin'), join(root, 'node_modules', '.bin'), process.env['PATH']].join(delimiter),
    },
  } as const
  mkdirSync(join(folder, '.bin'), { recursive: true })
  const program = `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'src/cli/main.ts')}' "$@"\n`
  writeFileSync(join(folder, '.bin', 'millrace'), program, { mode: 0o755 })
  if (/^(sh|bash)\b/.test(info)) return spawnSync('bash', ['-euo', 'pipefail', '-c', code], settings)
  const library = pathToFileURL(join(root, 'src/index.ts')).href
  const script = join(folder, 'block.ts')
  writeFileSync(script, code.replace(/(from\s+|import\()(['"])millrace\2/g, `$1'${library}'`))
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  return spawnSync(process.execPath, [script], settings)
}

/** `max`, `follow` and `no-follow`. */
function flagNames(verb: Verb): string[] {
  return flagsOf(optionsOf(verb)).flatMap(({ name, form }) => (form.kind === 'boolean' ? [name, `no-${name}`] : [name]))
}

async function referentsOf(root: string): Promise<Referents> {
  const load = async (path: string) => (existsSync(join(root, path)) ? await import(join(root, path)) : null)
  const components = (await load('src/components.ts')) as { registry: Registry } | null
  const commandLine = (await load('src/cli/verbs.ts')) as { verbs: Readonly<Record<string, Verb>> } | null
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  return {
    codes: Object.keys(catalogue),
    registry: components?.registry ?? new Registry([]),
    verbs: commandLine && Object.values(commandLine.verbs).map(({ name }) => name),
    flags: Object.fromEntries(Object.values(commandLine?.verbs ?? {}).map((verb) => [verb.name, flagNames(verb)])),
    scripts: Object.keys(scripts),
  }
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..')
  report(checkDocs(root, await referentsOf(root), true))
}
