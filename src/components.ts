import { Registry } from './config/registry.ts'
import { avroBinaryEncoding } from './encodings/avro-binary/avro-binary.ts'
import { csvEncoding } from './encodings/csv/csv.ts'
import { jsonEncoding } from './encodings/json/json.ts'
import { protobufEncoding } from './encodings/protobuf/protobuf.ts'
import { rawEncoding } from './encodings/raw/raw.ts'
import { utf8Encoding } from './encodings/utf-8/utf-8.ts'
import { delimitedEnvelope } from './envelopes/delimited/delimited.ts'
import { delimitedCsvEnvelope } from './envelopes/delimited-csv/delimited-csv.ts'
import { lengthPrefixedEnvelope } from './envelopes/length-prefixed/length-prefixed.ts'
import { catboostFormat } from './models/catboost/catboost.ts'
import { javascriptFormat } from './models/javascript/javascript.ts'
import { lightgbmFormat } from './models/lightgbm/lightgbm.ts'
import { onnxFormat } from './models/onnx/onnx.ts'
import { pmmlFormat } from './models/pmml/pmml.ts'
import { tensorflowFormat } from './models/tensorflow/tensorflow.ts'
import { xgboostFormat } from './models/xgboost/xgboost.ts'
import { kafkaState } from './state/kafka/kafka.ts'
import { logState } from './state/log/log.ts'
import { memoryState } from './state/memory/memory.ts'
import { discardTransport } from './transports/discard/discard.ts'
import { fileTransport } from './transports/file/file.ts'
import { inlineTransport } from './transports/inline/inline.ts'
import { kafkaTransport } from './transports/kafka/kafka.ts'
import { logTransport } from './transports/log/log.ts'
import { restTransport } from './transports/rest/rest.ts'
import { stdioTransport } from './transports/stdio/stdio.ts'

/** Every component of this build: the one place that imports component folders (STYLE 1.3). Worker threads import it too. */
export const registry = new Registry([
  discardTransport,
  fileTransport,
  inlineTransport,
  kafkaTransport,
  logTransport,
  restTransport,
  stdioTransport,
  delimitedEnvelope,
  delimitedCsvEnvelope,
  lengthPrefixedEnvelope,
  avroBinaryEncoding,
  csvEncoding,
  jsonEncoding,
  protobufEncoding,
  rawEncoding,
  utf8Encoding,
  catboostFormat,
  javascriptFormat,
  lightgbmFormat,
  onnxFormat,
  pmmlFormat,
  tensorflowFormat,
  xgboostFormat,
  kafkaState,
  logState,
  memoryState,
])
