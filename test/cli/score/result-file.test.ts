import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Printer } from '../../../src/cli/printer.ts'
import { openResultFile } from '../../../src/cli/score/result-file.ts'
import { testWorld } from '../../support/command-line.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

function opened(name: string) {
  const cwd = temporaryFolder()
  const world = testWorld({ cwd })
  const print = new Printer(world.stdout, world.stderr, { isJson: false, isQuiet: false, isColored: false })
  return { cwd, world, open: () => openResultFile(world, print, name) }
}

test('a file takes its name when it is whole; until then the one before it stays', async () => {
  const { cwd, open } = opened('out.csv')
  writeFileSync(join(cwd, 'out.csv'), 'before')
  const broken = open()
  await broken.write(Buffer.from('half'))
  broken.close(false)
  expect([readFileSync(join(cwd, 'out.csv'), 'utf8'), readFileSync(join(cwd, 'out.csv.partial'), 'utf8')]).toEqual([
    'before',
    'half',
  ])
  const whole = open()
  await whole.write(Buffer.from('all'))
  whole.close(true)
  expect(readFileSync(join(cwd, 'out.csv'), 'utf8')).toBe('all')
  expect(existsSync(join(cwd, 'out.csv.partial'))).toBe(false)
})

test('devices are written as they are, and - is standard output', async () => {
  const device = opened('/dev/null').open()
  expect(device.partial).toBe('/dev/null')
  await device.write(Buffer.from('x'))
  device.close(true)
  const { world, open } = opened('-')
  const output = open()
  await output.write(Buffer.from('x'))
  output.close(true)
  expect([output.partial, world.stdout.text]).toEqual([null, 'x'])
})
