import type { CataloguePart } from './entry.ts'

/** Errors whose code starts with CLIENT_. */
export const clientCatalogue = {} as const satisfies CataloguePart
