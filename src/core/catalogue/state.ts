import type { CataloguePart } from './entry.ts'

/** Errors whose code starts with STATE_. */
export const stateCatalogue = {
  STATE_FOREIGN_TRANSACTION: {
    status: 500,
    scope: 'server',
    retry: false,
    message: 'a transaction of "{actual}" cannot save a checkpoint in "{expected}"',
  },
  STATE_CHECKPOINT_DAMAGED: {
    status: 500,
    scope: 'server',
    retry: false,
    message: 'the checkpoint of task "{task}" in {store} is damaged: {reason}',
  },
  STATE_FENCED: {
    status: 409,
    scope: 'server',
    retry: false,
    isFenced: true,
    message: 'task "{task}" was taken over by another owner: its epoch is {actual}, this owner has {expected}',
  },
  STATE_CHANGELOG_LATE: {
    status: 503,
    scope: 'server',
    retry: true,
    message:
      'the changelog {place} was read to {position} of {end} in {waitMs} ms: transactions of others that are open in it hold back what is behind them',
  },
  STATE_CHANGELOG_NOT_COMPACTED: {
    status: 409,
    scope: 'server',
    retry: false,
    message:
      'the changelog topic "{topic}" has cleanup.policy "{policy}", which would forget checkpoints: set cleanup.policy to "compact"',
  },
  STATE_DIGEST_WRONG: {
    status: 400,
    scope: 'model',
    retry: false,
    message: '"{digest}" is not a digest, expected 64 lower-case hexadecimal digits',
  },
  STATE_ARTIFACT_DAMAGED: {
    status: 500,
    scope: 'model',
    retry: false,
    message: 'the artifact {digest} at {path} has the digest {actual}: the file was changed',
  },
  STATE_ARTIFACT_IO: {
    status: 503,
    scope: 'model',
    retry: true,
    message: 'cannot {action} the artifact {digest} at {path}: {reason}',
  },
} as const satisfies CataloguePart
