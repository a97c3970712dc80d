import type { CataloguePart } from './entry.ts'

/** Errors whose code starts with CLI_. */
export const cliCatalogue = {} as const satisfies CataloguePart
