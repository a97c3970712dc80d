import { MillraceError } from '../../core/errors.ts'

/** What messages call the format. */
const formatTitle = 'LightGBM'

/** Makes the errors of one artifact; `place` names the line, key or tree: `tree 3, key "left_child"`. */
export class Faults {
  readonly source: string

  constructor(source: string) {
    this.source = source
  }

  syntax(place: string, reason: string): MillraceError {
    return new MillraceError('MODEL_ARTIFACT_SYNTAX', { source: this.source, format: formatTitle, place, reason })
  }

  unsupported(place: string, what: string): MillraceError {
    return new MillraceError('MODEL_ARTIFACT_UNSUPPORTED', { source: this.source, place, what, format: formatTitle })
  }

  limit(place: string, limit: number, what: string): MillraceError {
    return new MillraceError('MODEL_ARTIFACT_LIMIT', { source: this.source, place, limit, what })
  }
}

/** A value as messages show it: at most 60 characters. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text)
}
