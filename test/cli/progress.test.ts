import { expect, test } from 'vitest'
import { Printer } from '../../src/cli/printer.ts'
import { Progress } from '../../src/cli/progress.ts'
import { KeptOutput } from '../support/command-line.ts'
import { ManualClock } from '../support/manual-clock.ts'

function progress(isTerminal: boolean) {
  const error = new KeptOutput(isTerminal)
  const clock = new ManualClock()
  const print = new Printer(new KeptOutput(), error, { isJson: false, isQuiet: false, isColored: false })
  return { error, clock, progress: new Progress(print, clock) }
}

test('the line is renewed a few times a second, and removed at the end', async () => {
  const { error, clock, progress: line } = progress(true)
  for (let i = 1; i <= 100; i++) {
    await clock.advance(10)
    await line.at(i * 10, 'sent')
  }
  expect(error.text.match(/sent/g)).toHaveLength(4)
  expect(error.text).toContain('sent 250 records, 1000 a second')
  await line.end()
  expect(error.text.endsWith('\r\u001b[2K')).toBe(true)
})

test('without a terminal there is none', async () => {
  const { error, clock, progress: line } = progress(false)
  await clock.advance(5_000)
  await line.at(10, 'sent')
  await line.end()
  expect(error.text).toBe('')
})
