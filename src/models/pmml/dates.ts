/** Dates and times of PMML as numbers: days since 1970-01-01, seconds since 1970-01-01T00:00:00, seconds since midnight. All UTC. */

/** Reads `1960-01-31` (a time behind it is passed over) as days since 1970-01-01, or null. */
export function parseDate(text: string): number | null {
  const match = /^\s*([+-]?\d{1,6})-(\d{1,2})-(\d{1,2})(?:[T ].*)?\s*$/.exec(text)
  if (!match) return null
  return daysOf(Number(match[1]), Number(match[2]), Number(match[3]))
}

/** Reads `10:30:15` or `10:30` as seconds since midnight, or null. */
export function parseTime(text: string): number | null {
  const match = /^\s*([+-]?)(\d{1,9}):(\d{1,2})(?::(\d{1,2})(\.\d{1,9})?)?\s*$/.exec(text)
  if (!match) return null
  const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0) + Number(match[5] ?? 0)
  return match[1] === '-' ? -seconds : seconds
}

/** Reads `1960-01-31T10:30:15`, with a fraction and a zone if there are any, as seconds since 1970, or null. */
export function parseDateTime(text: string): number | null {
  const match =
    /^\s*([+-]?\d{1,6})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{1,2})(?::(\d{1,2})(\.\d{1,9})?)?)?\s*(Z|[+-]\d{2}:?\d{2})?\s*$/.exec(
      text,
    )
  if (!match) return null
  const days = daysOf(Number(match[1]), Number(match[2]), Number(match[3]))
  if (days === null) return null
  const [hours, minutes, seconds] = [Number(match[4] ?? 0), Number(match[5] ?? 0), Number(match[6] ?? 0)]
  if (hours > 24 || minutes > 59 || seconds > 60) return null
  return days * 86_400 + hours * 3600 + minutes * 60 + seconds + Number(match[7] ?? 0) - zoneSeconds(match[8])
}

function zoneSeconds(zone: string | undefined): number {
  if (!zone || zone === 'Z') return 0
  const digits = zone.replace(':', '')
  const seconds = Number(digits.slice(1, 3)) * 3600 + Number(digits.slice(3, 5)) * 60
  return digits[0] === '-' ? -seconds : seconds
}

function daysOf(year: number, month: number, day: number): number | null {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() / 86_400_000 : null
}

/** `1960-01-31` of days since 1970-01-01. */
export function formatDate(days: number): string {
  const date = new Date(days * 86_400_000)
  return Number.isNaN(date.getTime()) ? 'NaN' : date.toISOString().replace(/T.*$/, '')
}

/** `10:30:15` of seconds since midnight. */
export function formatTime(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const whole = Math.floor(seconds)
  return `${two(Math.floor(whole / 3600))}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`
}

/** `1960-01-31T10:30:15` of seconds since 1970. */
export function formatDateTime(seconds: number): string {
  const days = Math.floor(seconds / 86_400)
  return `${formatDate(days)}T${formatTime(seconds - days * 86_400)}`
}

const dayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

/** `formatDatetime`: strftime codes; an unknown code stays as it is. `seconds` counts from 1970. */
export function formatByPattern(seconds: number, pattern: string): string {
  const date = new Date(seconds * 1000)
  if (Number.isNaN(date.getTime())) return 'NaN'
  const two = (value: number) => String(value).padStart(2, '0')
  const year = date.getUTCFullYear()
  const hour = date.getUTCHours()
  const dayOfYear =
    Math.floor((Date.UTC(year, date.getUTCMonth(), date.getUTCDate()) - Date.UTC(year, 0, 1)) / 86_400_000) + 1
  const weekday = date.getUTCDay()
  const one = (code: string): string | null => {
    switch (code) {
      case 'a':
        return (dayNames[weekday] as string).slice(0, 3)
      case 'A':
        return dayNames[weekday] as string
      case 'b':
      case 'h':
        return (monthNames[date.getUTCMonth()] as string).slice(0, 3)
      case 'B':
        return monthNames[date.getUTCMonth()] as string
      case 'c':
        return formatByPattern(seconds, '%a %b %e %H:%M:%S %Y')
      case 'C':
        return two(Math.floor(year / 100))
      case 'd':
        return two(date.getUTCDate())
      case 'D':
      case 'x':
        return formatByPattern(seconds, '%m/%d/%y')
      case 'e':
        return String(date.getUTCDate()).padStart(2, ' ')
      case 'F':
        return formatByPattern(seconds, '%Y-%m-%d')
      case 'H':
        return two(hour)
      case 'I':
        return two(hour % 12 || 12)
      case 'j':
        return String(dayOfYear).padStart(3, '0')
      case 'k':
        return String(hour).padStart(2, ' ')
      case 'l':
        return String(hour % 12 || 12).padStart(2, ' ')
      case 'm':
        return two(date.getUTCMonth() + 1)
      case 'M':
        return two(date.getUTCMinutes())
      case 'n':
        return '\n'
      case 'p':
        return hour < 12 ? 'AM' : 'PM'
      case 'P':
        return hour < 12 ? 'am' : 'pm'
      case 'r':
        return formatByPattern(seconds, '%I:%M:%S %p')
      case 'R':
        return formatByPattern(seconds, '%H:%M')
      case 's':
        return String(Math.floor(seconds))
      case 'S':
        return two(date.getUTCSeconds())
      case 't':
        return '\t'
      case 'T':
      case 'X':
        return formatByPattern(seconds, '%H:%M:%S')
      case 'u':
        return String(weekday || 7)
      case 'U':
        return two(Math.floor((dayOfYear + 6 - weekday) / 7))
      case 'w':
        return String(weekday)
      case 'W':
        return two(Math.floor((dayOfYear + 6 - ((weekday + 6) % 7)) / 7))
      case 'y':
        return two(((year % 100) + 100) % 100)
      case 'Y':
        return String(year)
      case 'Z':
        return 'UTC'
      case 'z':
        return '+0000'
      case '%':
        return '%'
      default:
        return null
    }
  }
  return pattern.replace(/%([a-zA-Z%])/g, (whole, code: string) => one(code) ?? whole)
}
