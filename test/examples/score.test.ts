import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exampleFolder, millrace, RunningProcess } from '../support/example-process.ts'

const TREE = 'examples/iris/tree.pmml'

test('a CSV is scored in one line, with the labels beside the predictions', async () => {
  const folder = exampleFolder()
  const args = [
    'score',
    TREE,
    'examples/iris/iris-labelled.csv',
    '--echo',
    '--prefix',
    'predicted_',
    '--output',
    'scored.csv',
  ]
  const { status, stdout, stderr } = await millrace(folder, args)
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
  expect(stderr).toMatch(/^scored 150 records in /)
  const [header, ...rows] = readFileSync(join(folder, 'scored.csv'), 'utf8').trim().split('\n')
  expect(header).toBe(
    'sepal_length,sepal_width,petal_length,petal_width,species,predicted_species,predicted_probability(setosa),predicted_probability(versicolor),predicted_probability(virginica)',
  )
  const right = rows.filter((row) => row.split(',')[4] === row.split(',')[5])
  expect([rows.length, right.length > 140]).toEqual([150, true])
})

test('threads write what one thread writes', async () => {
  const folder = exampleFolder()
  const [header, ...rows] = readFileSync(join(folder, 'examples/iris/iris.csv'), 'utf8').trim().split('\n')
  writeFileSync(join(folder, 'many.csv'), `${header}\n`)
  for (let i = 0; i < 200; i++)
    appendFileSync(join(folder, 'many.csv'), `${rows.join('\n')}\n${i % 50 === 0 ? 'bad\n' : ''}`)
  const run = (threads: string) =>
    millrace(folder, ['score', TREE, 'many.csv', '--threads', threads, '--error-column', 'why', '--quiet'])
  const [one, three] = await Promise.all([run('1'), run('3')])
  expect(one.stdout.split('\n')).toHaveLength(30_006)
  expect(three).toEqual(one)
  expect(one.status).toBe(1)
})

test('SIGTERM leaves whole rows under the name of the partial file', async () => {
  const folder = exampleFolder()
  const child = new RunningProcess(folder, [
    'score',
    TREE,
    '-',
    '--form',
    'csv',
    '--output',
    'out.csv',
    '--missing',
    'x',
  ])
  child.write('petal_length,petal_width\n5.1,1.9\n1.4,')
  await child.log(/warning: - has no column/)
  const { status, stderr } = await child.stop()
  expect(status).toBe(1)
  expect(stderr).toMatch(/stopped before the end: [01] records are scored, in out.csv.partial/)
  expect(existsSync(join(folder, 'out.csv'))).toBe(false)
  expect(readFileSync(join(folder, 'out.csv.partial'), 'utf8')).toMatch(/^species,.*\n(.*,.*,.*,.*\n)?$/)
})

test('a reader that goes away ends it quietly', async () => {
  const folder = exampleFolder()
  const main = new URL('../../src/cli/main.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [main, 'score', TREE, '-', '--form', 'csv'], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  child.stdin.on('error', () => {})
  child.stdin.write('petal_length,petal_width\n')
  child.stdout.once('data', () => {
    child.stdout.destroy()
    child.stdin.write('1.4,0.2\n'.repeat(100_000))
    child.stdin.end()
  })
  expect(await once(child, 'close')).toEqual([0, null])
})
