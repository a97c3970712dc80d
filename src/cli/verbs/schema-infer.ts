import { boolean, choice, integer } from '../../config/option.ts'
import { printAvro } from '../../schema/avro.ts'
import { inferSchema } from '../../schema/infer.ts'
import { recordFileForm, recordFileForms, recordsOf } from '../record-file.ts'
import { defineVerb } from '../verb.ts'

/** Infers a schema from samples. */
export const schemaInferVerb = defineVerb({
  name: 'schema infer',
  summary: 'Print an Avro schema that the records of a file satisfy',
  operands: [{ name: 'file', summary: 'JSON lines or CSV; - is standard input' }],
  options: {
    form: choice(recordFileForms, { summary: 'Form of the file; by default what its ending says', isOptional: true }),
    closed: boolean({ summary: 'Turn repeated texts into enums, and texts of one length into fixed', default: false }),
    max: integer({ summary: 'Look at the first ones only', unit: 'records', default: 100_000 }, { min: 1 }),
  },
  examples: [
    { command: 'millrace schema infer orders.jsonl', summary: 'as a document for a stream descriptor' },
    { command: 'head -1000 iris.csv | millrace schema infer - --form csv', summary: 'all fields are text in CSV' },
  ],
  run: async ({ world, options, operands, print }) => {
    const file = operands[0] as string
    const samples: unknown[] = []
    for await (const records of recordsOf(world, file, options.form ?? recordFileForm(file))) {
      samples.push(...records.slice(0, options.max - samples.length))
      if (samples.length >= options.max) break
    }
    const schema = printAvro(inferSchema(samples, { place: file, closesText: options.closed }))
    await (print.isJson ? print.json(schema) : print.line(JSON.stringify(schema, null, 2)))
    return 0
  },
})
