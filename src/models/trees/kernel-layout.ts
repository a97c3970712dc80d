/** Rows of a block. */
export const BLOCK_ROWS = 128
/** Trees of one row that are walked at a time; measured, see docs/decisions. */
export const TREE_LANES = 8
/** Rows that are walked through one tree at a time. */
export const ROW_LANES = 8
/** Trees of more leaves than two to this are not sliced. */
export const MAX_LEVELS = 8

/** Where things lie in every memory: masks of zeros and ones, 256 boundaries, numbers of 128 leaves, q with 16 bytes per slot (ranks of eight rows), what chains reach (see chains.ts). */
export const Place = {
  zeros: 0,
  ones: 16,
  boundaries: 64,
  leafNumbers: 4160,
  q: 8192,
  reached: 74752, // not 65536 after q: a load seems to wait for a store whose address ends alike
  image: 140288,
} as const

/** Words of a column in the image. */
export const Column = {
  feature: 0, // bytes from the begin of the row
  treatment: 4,
  cuts: 8, // address
  span: 12, // bytes of the first step of the search: half the number of cuts, rounded up to a power of two
  count: 16, // bytes of all cuts
  slots: 20, // one or two of: map address, q address, masks address
  slotBytes: 12,
  size: 44,
} as const

/** Words of a group of sets in the image, see kernel-ranks.ts. */
export const SetGroup = {
  feature: 0,
  treatment: 4,
  codes: 8, // numbers that a set can have: a multiple of 32
  missing: 12, // the code of missing values: codes means that no set holds, codes + 32 that all do
  sets: 16, // how many
  words: 20, // address: [codes / 32 + 2, sets]
  q: 24, // address of the first set's slot
  masks: 28, // address of the first set's mask
  members: 32, // address: for each set how many, then addresses of the masks of its codes
  size: 36,
} as const
