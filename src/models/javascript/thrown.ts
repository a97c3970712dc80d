/** Longest reason that enters an error, in characters: what a model throws is untrusted text. */
const MAX_REASON_LENGTH = 300

/**
 * What a model threw, as text. It may be anything of another realm (so `instanceof Error` says nothing), and reading it may
 * throw again.
 */
export function describeThrown(thrown: unknown, source: string): { reason: string; place: string } {
  try {
    if (typeof thrown !== 'object' || thrown === null) return { reason: shorten(printed(thrown)), place: source }
    const { name, message, stack } = thrown as { name?: unknown; message?: unknown; stack?: unknown }
    const label = typeof name === 'string' ? name : 'object'
    const reason = typeof message === 'string' && message !== '' ? `${label}: ${message}` : label
    return { reason: shorten(reason), place: placeIn(typeof stack === 'string' ? stack : '', source) }
  } catch {
    return { reason: 'a value that cannot be printed', place: source }
  }
}

/** Any value as a few characters for a sentence: `"text"`, `NaN`, `a function`, `a Promise`. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'object': {
      if (value === null) return 'null'
      if (Array.isArray(value)) return `an array of ${value.length}`
      try {
        const name: unknown = (value as object).constructor?.name
        return typeof name === 'string' && name !== '' ? `an object of type ${shorten(name)}` : 'an object'
      } catch {
        return 'an object'
      }
    }
    case 'function':
      return 'a function'
    default:
      return shorten(printed(value))
  }
}

function printed(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}

function shorten(text: string): string {
  return text.length <= MAX_REASON_LENGTH ? text : `${text.slice(0, MAX_REASON_LENGTH)}…`
}

/** `source:line:column` of the innermost frame inside the model, or the source alone. */
function placeIn(stack: string, source: string): string {
  for (let at = stack.indexOf(`${source}:`); at >= 0; at = stack.indexOf(`${source}:`, at + 1)) {
    const position = /^:\d+:\d+/.exec(stack.slice(at + source.length, at + source.length + 24))
    if (position) return source + position[0]
  }
  return source
}
