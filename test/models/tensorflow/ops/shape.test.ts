import { testOperators } from '../../../support/tensorflow-operators.ts'

testOperators(
  'shape',
  /^(Reshape|Expand|Squeeze|Transpose|Concat|Pack|Split|Tile|Pad|Mirror|Fill|Broad|Range|LinSpace|Ensure|Identity|Snapshot|meshgrid|sequence_mask)/,
  ['Transpose-dynamic'],
)
