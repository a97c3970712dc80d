import { MillraceError } from '../core/errors.ts'

/** A place in a stream: record 1042 of partition 3 of stream `orders`. */
export interface PositionPlace {
  readonly stream: string
  readonly partition: number
  readonly position: number
}

/** The text form of a place, as messages, dead letters and stamps carry it: `orders/3@1042`. */
export function formatPosition(stream: string, partition: number, position: number): string {
  return `${stream}/${partition}@${position}`
}

/** Reads the text form; the name of a stream may itself hold `/` and `@`. */
export function parsePosition(text: string): PositionPlace {
  const match = /^(.+)\/(\d{1,15})@(\d{1,15})$/s.exec(text)
  if (!match) throw new MillraceError('STREAM_POSITION_WRONG', { value: JSON.stringify(text.slice(0, 200)) })
  return { stream: match[1] as string, partition: Number(match[2]), position: Number(match[3]) }
}
