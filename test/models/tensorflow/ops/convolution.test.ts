import { testOperators } from '../../../support/tensorflow-operators.ts'

testOperators(
  'nn',
  /^(Conv|conv|Depthwise|Separable|MaxPool|AvgPool|Pool3D|pool1d|FusedBatch|batch_norm|moments|LRN|chain|residual|squeeze|concat|LSTM|GRU|Sparse|Soft|FakeQuant|Quantize|Dilation)/,
  ['Conv2D-double', 'QuantizeAndDequantize'],
)
