import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { jsonLines } from '../support/command-line.ts'
import { node } from '../support/example-process.ts'
import { checkLibraryOutput } from '../support/library-output.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const typescript = join(root, 'node_modules/typescript/bin/tsc')

/** A project that has installed the package: what `files` names, built, and its dependencies; nothing else of this repository. */
async function project(): Promise<string> {
  const folder = temporaryFolder()
  const installed = join(folder, 'node_modules/millrace')
  mkdirSync(installed, { recursive: true })
  const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { files: string[] }
  expect(files).toContain('dist')
  for (const name of ['package.json', ...files]) {
    if (name !== 'dist') cpSync(join(root, name), join(installed, name), { recursive: true })
  }
  const built = await node(root, [typescript, '-p', 'tsconfig.build.json', '--outDir', join(installed, 'dist')])
  expect(built).toMatchObject({ status: 0, stdout: '' })
  symlinkSync(join(root, 'node_modules'), join(installed, 'node_modules'), 'dir')
  symlinkSync(join(root, 'node_modules/@types'), join(folder, 'node_modules/@types'), 'dir')
  cpSync(join(root, 'examples'), join(folder, 'examples'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}')
  return folder
}

test('the built package works where it is installed: as a library with types, and as a command', async () => {
  const folder = await project()
  const library = await node(folder, ['examples/library/score.ts'])
  expect({ status: library.status, stderr: library.stderr }).toEqual({ status: 0, stderr: '' })
  await checkLibraryOutput(library.stdout)

  const options = { target: 'es2024', module: 'nodenext', strict: true, noEmit: true, types: ['node'] }
  const compilerOptions = { ...options, skipLibCheck: false, lib: ['es2024'] }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: ['examples/library/score.ts'] }),
  )
  expect(await node(folder, [typescript, '-p', '.'])).toMatchObject({ status: 0, stdout: '' })

  const main = join(folder, 'node_modules/millrace/dist/cli/main.js')
  const run = [main, 'run', 'examples/iris/engine.yaml', '--json']
  const stream = (end: string) => `examples/iris/streams/file-${end}.yaml`
  const ran = await node(folder, [...run, '--slot', `0=${stream('in')}`, '--slot', `1=${stream('out')}`])
  expect({ status: ran.status, counts: jsonLines(ran.stdout) }).toMatchObject({
    status: 0,
    counts: [{ read: 150, predicted: 150 }],
  })

  const score = [main, 'score', 'examples/iris/tree.pmml', 'examples/iris/iris.csv', '--threads', '2', '--quiet']
  const scored = await node(folder, score)
  expect({ status: scored.status, rows: scored.stdout.split('\n').length }).toEqual({ status: 0, rows: 152 })

  const demo = await node(folder, [main, 'demo', '--seconds', '2', '--json'])
  const tally = jsonLines(demo.stdout).at(-1) as Record<string, number>
  expect({ status: demo.status, tally }).toMatchObject({ status: 0, tally: { lost: 0, repeated: 0, reordered: 0 } })
  expect(tally['read']).toBeGreaterThan(1_000)
}, 120_000)
