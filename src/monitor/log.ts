import { pino } from 'pino'
import type { Clock } from '../core/clock.ts'
import type { Telemetry, TelemetryListener } from '../core/telemetry.ts'
import { type LogLevel, logLevels, logLineOf } from './log-lines.ts'

/** Takes lines that end in a line feed. */
export interface LogDestination {
  write(line: string): void
}

/** Where log lines go. */
export interface Log {
  /** `facts` become members of a JSON line; a plain line leaves them out. */
  write(level: LogLevel, sentence: string, facts?: Readonly<Record<string, unknown>>): void
}

/** What is logged, and how. */
export interface LogSettings {
  readonly destination: LogDestination
  /** Least important level that is written. */
  readonly level: LogLevel
  /** json: one object per line, for machines; plain: time, level and sentence, for a terminal. */
  readonly form: 'json' | 'plain'
  readonly clock: Clock
}

/** Opens a log. */
export function openLog(settings: LogSettings): Log {
  return settings.form === 'json' ? jsonLog(settings) : plainLog(settings)
}

/** Log settings for this process: standard error, plain when it is a terminal. */
export function standardLogSettings(clock: Clock, level: LogLevel = 'info'): LogSettings {
  const isTerminal = process.stderr.isTTY === true
  const destination = isTerminal ? process.stderr : pino.destination({ dest: 2, sync: true })
  return { destination, level, form: isTerminal ? 'plain' : 'json', clock }
}

/** Writes the line of every telemetry event that has one; the returned function ends that. */
export function logTelemetry(telemetry: Telemetry, log: Log): () => void {
  const listener: TelemetryListener = (name, payload) => {
    const line = logLineOf(name, payload)
    if (line) log.write(line.level, line.sentence, { event: name, ...payload })
  }
  return telemetry.listen(listener)
}

function jsonLog({ destination, level, clock }: LogSettings): Log {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${timeText(clock)}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  )
  return { write: (lineLevel, sentence, facts = {}) => logger[lineLevel](facts, sentence) }
}

function plainLog({ destination, level, clock }: LogSettings): Log {
  const lowest = logLevels.indexOf(level)
  return {
    write: (lineLevel, sentence) => {
      if (logLevels.indexOf(lineLevel) < lowest) return
      const time = timeText(clock).slice(11, 23)
      destination.write(`${time} ${lineLevel.toUpperCase().padEnd(5)} ${printable(sentence)}\n`)
    },
  }
}

function timeText(clock: Clock): string {
  return new Date(clock.now()).toISOString()
}

/** Sentences quote records: control characters would let a record write its own lines or steer the terminal. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
