import { document } from './documents.ts'

/** A TimeSeriesModel of target `y` with the horizon in `h`; `series` are its observed values. */
export function timeSeries(
  best: string,
  body: string,
  series: readonly number[] = [],
  { output = '', horizon = '<MiningField name="h" usageType="supplementary"/>' } = {},
): string {
  const points = series.map((value, i) => `<TimeValue index="${i + 1}" value="${value}"/>`).join('')
  const observed = series.length > 0 ? `<TimeSeries usage="original">${points}</TimeSeries>` : ''
  return document(
    { h: 'integer', y: 'double' },
    `<TimeSeriesModel functionName="timeSeries" bestFit="${best}"><MiningSchema><MiningField name="y" usageType="target"/>${horizon}</MiningSchema>${output === '' ? '' : `<Output>${output}</Output>`}${observed}${body}</TimeSeriesModel>`,
  )
}

/** Text of an `Array` of numbers. */
export function array(...numbers: number[]): string {
  return `<Array type="real" n="${numbers.length}">${numbers.join(' ')}</Array>`
}
