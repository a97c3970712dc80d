import type { CataloguePart } from './entry.ts'

/** Errors whose code starts with STREAM_. */
export const streamCatalogue = {} as const satisfies CataloguePart
