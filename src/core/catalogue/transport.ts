import type { CataloguePart } from './entry.ts'

/** Errors whose code starts with TRANSPORT_. */
export const transportCatalogue = {} as const satisfies CataloguePart
