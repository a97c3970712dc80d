import type { ModelFormat } from '../src/models/model.ts'
import type { RecordValue } from '../src/schema/value.ts'

/** What the pass-through answers for every record: outputs of the shape that the iris models give. */
const answer: RecordValue = {
  species: 'setosa',
  'probability(setosa)': 1,
  'probability(versicolor)': 0,
  'probability(virginica)': 0,
}

/** A format that does not score: every record gets the same prediction. The engine around it does all of its other work. */
export const passFormat: ModelFormat = {
  kind: 'format',
  name: 'pass',
  summary: 'Answers every record with the same prediction, for benchmarks',
  stability: 'experimental',
  since: '0.1.0',
  options: {},
  isCode: false,
  extensions: [],
  prepare: async () => ({
    signature: { inputs: [], outputs: [] },
    payload: null,
    residentBytes: 0,
    verification: null,
    samples: [],
    isStateful: false,
    facts: {},
  }),
  open: () => ({
    signature: { inputs: [], outputs: [] },
    score: (records) => ({ predictions: records.map(() => answer), errors: null }),
    close() {},
  }),
}

/** The same, but every record is its own prediction: for streams whose records are bytes on both sides. */
export const copyFormat: ModelFormat = {
  ...passFormat,
  name: 'copy',
  summary: 'Answers every record with itself, for benchmarks',
  open: () => ({
    signature: { inputs: [], outputs: [] },
    score: (records) => ({ predictions: [...records], errors: null }),
    close() {},
  }),
}
