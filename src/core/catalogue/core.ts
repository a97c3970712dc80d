import type { CataloguePart } from './entry.ts'

/** Errors of core: life cycles, worker threads, and what no room foresaw. */
export const coreCatalogue = {
  CORE_ILLEGAL_MOVE: {
    status: 409,
    scope: 'server',
    retry: false,
    message: '{subject} cannot go from "{from}" to "{to}"; from "{from}" it can go to: {allowed}',
  },
  CORE_INTERNAL: { status: 500, scope: 'server', retry: false, message: 'internal error in {where}: {reason}' },
  CORE_CLOSED: { status: 409, scope: 'stream', retry: false, message: '{subject} is closed' },
} as const satisfies CataloguePart
