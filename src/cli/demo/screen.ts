import type { EngineReport } from '../../engine/engine.ts'
import type { Printer } from '../printer.ts'
import type { Tally } from './auditor.ts'

/** What the demo shows at one moment. */
export interface DemoView {
  readonly elapsedMs: number
  readonly sent: number
  /** Records per second since the last view. */
  readonly rate: number
  readonly tally: Tally
  readonly report: EngineReport
  /** Versions that were rejected so far, as the engine tells it; the tally counts a version that is being loaded too. */
  readonly rejections: number
  /** Why models were rejected, by their names: the first reason of each. */
  readonly refusals: ReadonlyMap<string, string>
  /** What happened last, newest last: versions that took over or were rejected. */
  readonly events: readonly string[]
}

/** Shows the demo: a block that is drawn over itself on a terminal, a line now and then elsewhere. */
export class Screen {
  readonly #print: Printer
  readonly #told = new Set<string>()
  #drawnLines = 0

  constructor(print: Printer) {
    this.#print = print
  }

  async show(view: DemoView): Promise<void> {
    if (!this.#print.hasLiveNotes) {
      await this.#print.note(plainLine(view))
      await this.#tellRefusals(view.refusals)
      return
    }
    const lines = block(view, this.#print)
    const up = this.#drawnLines > 0 ? `\u001b[${this.#drawnLines}A` : ''
    await this.#print.warn(up + lines.map((line) => `\u001b[2K${line}`).join('\n'))
    this.#drawnLines = lines.length
  }

  async #tellRefusals(refusals: DemoView['refusals']): Promise<void> {
    for (const [model, reason] of refusals) {
      if (this.#told.has(model)) continue
      this.#told.add(model)
      await this.#print.note(`${model} is rejected: ${reason}`)
    }
  }
}

function plainLine({ elapsedMs, rate, tally, report, rejections }: DemoView): string {
  const { p50, p99 } = report.latency
  return [
    `${(elapsedMs / 1_000).toFixed(1)} s`,
    `${Math.round(rate)} records/s`,
    `active ${activeOf(report)}`,
    `latency p50 ${ms(p50)} p99 ${ms(p99)}`,
    `swaps ${tally.swaps}`,
    `rejected ${rejections}`,
    `dead letters ${tally.deadLettered}`,
    `lost ${tally.lost}`,
  ].join(' · ')
}

function block({ elapsedMs, sent, rate, tally, report, rejections, events }: DemoView, print: Printer): string[] {
  const { p50, p99 } = report.latency
  const row = (name: string, text: string) => `  ${print.paint('dim', name.padEnd(14))}${text}`
  const whole = tally.lost === 0 && tally.repeated === 0 && tally.reordered === 0 && tally.misattributed === 0
  return [
    print.paint('bold', `Millrace demo · ${(elapsedMs / 1_000).toFixed(0)} s · Ctrl-C ends it with the tally`),
    '',
    row('rate', `${Math.round(rate).toLocaleString('en')} records/s, ${sent.toLocaleString('en')} sent`),
    row('active', print.paint('cyan', activeOf(report))),
    row('latency', `p50 ${ms(p50)} · p99 ${ms(p99)}  (record appended to prediction committed)`),
    row('swaps', `${tally.swaps}, and ${rejections} versions rejected`),
    row('dead letters', `${tally.deadLettered.toLocaleString('en')} (one record in a thousand is malformed)`),
    row('predictions', tally.predicted.toLocaleString('en')),
    row('right', formatsText(tally)),
    row(
      'audit',
      print.paint(
        whole ? 'green' : 'red',
        `${tally.lost} lost, ${tally.repeated} repeated, ${tally.reordered} reordered, ${tally.misattributed} by a wrong version`,
      ),
    ),
    '',
    ...Array.from({ length: 6 }, (_, i) => `  ${print.paint('dim', (events.at(i - 6) ?? '').slice(0, 110))}`),
  ]
}

function activeOf(report: EngineReport): string {
  const stats = Object.values(report.stats)[0]
  return stats && stats.name !== '' ? `${stats.name}@${stats.version} (${stats.modelType})` : 'none yet'
}

/** Predictions of a format and the share of right ones: `1,204, 96% right`. */
export function shareText({ predicted, right }: Tally['formats'][string]): string {
  return `${predicted.toLocaleString('en')}, ${Math.floor((100 * right) / Math.max(1, predicted))}% right`
}

function formatsText({ formats }: Tally): string {
  const names = Object.entries(formats).map(([name, { predicted, right }]) => {
    return `${name} ${Math.floor((100 * right) / Math.max(1, predicted))}%`
  })
  return names.length === 0 ? 'none yet' : names.join(' · ')
}

function ms(value: number): string {
  return Number.isNaN(value) ? '-' : `${value.toFixed(2)} ms`
}
