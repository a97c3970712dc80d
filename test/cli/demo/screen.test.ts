import { expect, test } from 'vitest'
import { type DemoView, Screen } from '../../../src/cli/demo/screen.ts'
import { Printer } from '../../../src/cli/printer.ts'

const view = {
  elapsedMs: 2_500,
  sent: 5_000,
  rate: 1_999.6,
  tally: {
    read: 5_000,
    predicted: 4_990,
    deadLettered: 5,
    dropped: 0,
    lost: 5,
    repeated: 0,
    reordered: 0,
    misattributed: 0,
    swaps: 3,
    rejectedVersions: 1,
    versions: {},
    formats: { pmml: { predicted: 4_000, right: 3_900 }, onnx: { predicted: 990, right: 970 } },
    p50Ms: 1,
    p99Ms: 2,
  },
  report: {
    name: 'iris',
    state: 'running',
    counts: { read: 0, predicted: 0, deadLettered: 0, dropped: 0 },
    stats: { iris: { name: 'forest', version: '2', modelType: 'pmml' } },
    latency: { p50: 0.5, p95: 1, p99: Number.NaN },
    tasks: [],
    versions: [],
  },
  rejections: 1,
  refusals: new Map([['broken', 'it is wrong']]),
  events: ['1.0 s  forest@2 active'],
} as unknown as DemoView

function screen(isTerminal: boolean): { screen: Screen; text: () => string } {
  let text = ''
  const output = { write: async (content: string | Uint8Array) => void (text += content), isTerminal, columns: 100 }
  return {
    screen: new Screen(new Printer(output, output, { isJson: false, isQuiet: false, isColored: false })),
    text: () => text,
  }
}

test('without a terminal each view is one plain line with everything that matters', async () => {
  const { screen: plain, text } = screen(false)
  await plain.show(view)
  expect(text()).toBe(
    '2.5 s · 2000 records/s · active forest@2 (pmml) · latency p50 0.50 ms p99 - · swaps 3 · rejected 1 · dead letters 5 · lost 5\nbroken is rejected: it is wrong\n',
  )
  const before = text().length
  await plain.show(view)
  expect(text().slice(before)).not.toContain('broken')
})

test('on a terminal a view is drawn over the one before', async () => {
  const { screen: live, text } = screen(true)
  await live.show(view)
  const lines = text().split('\n').length - 1
  expect(text()).toContain('forest@2 active')
  expect(text()).toContain('5 lost')
  expect(text()).toContain('pmml 97% · onnx 97%')
  const before = text().length
  await live.show(view)
  expect(text().slice(before).startsWith(`\u001b[${lines}A`)).toBe(true)
})
