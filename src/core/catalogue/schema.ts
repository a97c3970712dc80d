import type { CataloguePart } from './entry.ts'

/** Errors whose code starts with SCHEMA_. */
export const schemaCatalogue = {} as const satisfies CataloguePart
