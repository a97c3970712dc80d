import { testOperators } from '../../../support/tensorflow-operators.ts'

testOperators('text', /./, ['Fingerprint', 'StringFormat', 'DecodeCSV'])
