/** What a tree does when it meets an unknown predicate. */
export const missingStrategies = [
  'none',
  'nullPrediction',
  'lastPrediction',
  'defaultChild',
  'weightedConfidence',
  'aggregateNodes',
] as const
export type MissingStrategy = (typeof missingStrategies)[number]

/** How a node's predicate is tested: simple ones in place, all others by their index into `predicates`. */
export const Op = { true: 0, false: 1, lt: 2, le: 3, gt: 4, ge: 5, eq: 6, ne: 7, other: 8 } as const
