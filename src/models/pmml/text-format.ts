/** Number patterns as Java writes them. */

/** Rounds half up in decimal and writes `digits` places: 1.005 with 2 gives `1.01`, where toFixed gives `1.00`. */
export function fixed(value: number, digits: number): string {
  if (!Number.isFinite(value)) return String(value)
  const text = plainDecimal(Math.abs(value))
  const point = text.indexOf('.')
  const whole = point < 0 ? text : text.slice(0, point)
  const fraction = point < 0 ? '' : text.slice(point + 1)
  let scaled = BigInt(whole + fraction.slice(0, digits).padEnd(digits, '0'))
  if ((fraction.charCodeAt(digits) || 48) >= 53) scaled += 1n
  const shown = scaled.toString().padStart(digits + 1, '0')
  const split = shown.length - digits
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  return `${sign}${shown.slice(0, split)}${digits > 0 ? `.${shown.slice(split)}` : ''}`
}

/** Shortest decimal text without an exponent. */
function plainDecimal(value: number): string {
  const text = String(value)
  const match = /^(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text)
  if (!match) return text
  const digits = (match[1] as string) + (match[2] ?? '')
  const exponent = Number(match[3])
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`
  return digits.padEnd(exponent + 1, '0')
}

const javaPattern = /%(?:\d+\$)?([-#+ 0,(]*)(\d{1,3})?(?:\.(\d{1,3}))?([a-zA-Z%])/g

/** `formatNumber`: Java's `%` patterns for one number. */
export function formatNumber(value: number, pattern: string): string {
  return pattern.replace(
    javaPattern,
    (whole, flags: string, width: string | undefined, precision: string | undefined, code: string) => {
      let text: string
      switch (code) {
        case '%':
          return '%'
        case 'n':
          return '\n'
        case 'd':
        case 'i':
          text = fixed(Math.trunc(value), 0)
          break
        case 'f':
          text = fixed(value, Number(precision ?? 6))
          break
        case 'e':
        case 'E':
          text = scientific(value, Number(precision ?? 6))
          break
        case 'g':
        case 'G':
          text = general(value, Math.max(1, Number(precision ?? 6)))
          break
        case 'x':
        case 'X':
          text = Math.trunc(value).toString(16)
          break
        case 'o':
          text = Math.trunc(value).toString(8)
          break
        case 's':
        case 'S':
          text = String(value)
          break
        default:
          return whole
      }
      return padded(code === 'E' || code === 'X' || code === 'G' ? text.toUpperCase() : text, flags, Number(width ?? 0))
    },
  )
}

function scientific(value: number, digits: number): string {
  return value.toExponential(digits).replace(/e([+-])(\d)$/, 'e$10$2')
}

/** Java's `%g`: `digits` significant ones, with an exponent below 10^-4 and from 10^digits on. */
function general(value: number, digits: number): string {
  if (value === 0 || !Number.isFinite(value)) return fixed(value, digits - 1)
  const rounded = value.toExponential(digits - 1)
  const exponent = Number(rounded.slice(rounded.indexOf('e') + 1))
  return exponent >= -4 && exponent < digits
    ? fixed(Number(rounded), digits - 1 - exponent)
    : scientific(value, digits - 1)
}

function padded(text: string, flags: string, width: number): string {
  let sign = text.startsWith('-') ? '-' : ''
  let body = text.slice(sign.length)
  if (flags.includes(',')) body = body.replace(/^\d+/, (digits) => digits.replace(/\B(?=(\d{3})+$)/g, ','))
  if (sign === '' && flags.includes('+')) sign = '+'
  else if (sign === '' && flags.includes(' ')) sign = ' '
  if (flags.includes('(') && sign === '-') return `(${body})`
  if (flags.includes('0')) return sign + body.padStart(width - sign.length, '0')
  return flags.includes('-') ? (sign + body).padEnd(width) : (sign + body).padStart(width)
}
