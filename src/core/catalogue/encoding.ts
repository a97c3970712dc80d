import type { CataloguePart } from './entry.ts'

/** Errors whose code starts with ENCODING_. */
export const encodingCatalogue = {} as const satisfies CataloguePart
