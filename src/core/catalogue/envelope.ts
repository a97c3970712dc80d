import type { CataloguePart } from './entry.ts'

/** Errors whose code starts with ENVELOPE_. */
export const envelopeCatalogue = {} as const satisfies CataloguePart
