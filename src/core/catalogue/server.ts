import type { CataloguePart } from './entry.ts'

/** Errors whose code starts with SERVER_. */
export const serverCatalogue = {} as const satisfies CataloguePart
