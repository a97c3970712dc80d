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

test('with a share of the work it tells what is left; forced, it prints lines', async () => {
  const { error, clock, progress: line } = progress(true)
  await clock.advance(1_000)
  await line.at(1_000, 'scored', 0.25)
  expect(error.text).toContain('scored 1000 records, 1000 a second, 25 %, 3 s left')
  const plain = new KeptOutput()
  const forced = new Progress(new Printer(plain, plain, { isJson: false, isQuiet: false, isColored: false }), clock, {
    isForced: true,
  })
  for (let i = 1; i <= 12; i++) {
    await clock.advance(1_000)
    await forced.at(i, 'scored', i / 1_200)
  }
  await forced.end()
  expect(plain.text).toBe(
    'scored 5 records, 1 a second, 0 %, 20 min left\nscored 10 records, 1 a second, 0 %, 20 min left\n',
  )
})
