/** What the engine does about an error: `record` goes to the dead letters, `stream` is retried, `model` rejects the version, `server` stops the task. */
export const scopes = ['record', 'stream', 'model', 'server'] as const
export type Scope = (typeof scopes)[number]

/** One row of the error catalogue. */
export interface CatalogueEntry {
  /** HTTP status of an answer that reports the error. */
  readonly status: number
  readonly scope: Scope
  /** True when the same attempt may succeed later without a change by the user. */
  readonly retry: boolean
  /** True when somebody else has taken over what the error is about. */
  readonly isFenced?: true
  /** Sentence with `{parameters}`: what happened, the value, the place (STYLE 7.3, 7.4). */
  readonly message: string
}

/** A room's part of the catalogue; codes are `ROOM_CONDITION` and are never reused. */
export type CataloguePart = Readonly<Record<string, CatalogueEntry>>
