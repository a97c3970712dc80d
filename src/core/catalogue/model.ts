import type { CataloguePart } from './entry.ts'

/** Errors whose code starts with MODEL_. */
export const modelCatalogue = {} as const satisfies CataloguePart
