import type { CataloguePart } from './entry.ts'

/** Errors whose code starts with ENGINE_. */
export const engineCatalogue = {} as const satisfies CataloguePart
