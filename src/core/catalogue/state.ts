import type { CataloguePart } from './entry.ts'

/** Errors whose code starts with STATE_. */
export const stateCatalogue = {} as const satisfies CataloguePart
