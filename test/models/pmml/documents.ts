import { MillraceError } from '../../../src/core/errors.ts'
import type { PredictionBatch, PreparedModel, Scorer } from '../../../src/models/model.ts'
import { pmmlFormat } from '../../../src/models/pmml/pmml.ts'
import type { RecordValue } from '../../../src/schema/value.ts'

const context = { allowsCode: false, maxArtifactBytes: 1 << 26 }

/** A whole document: data fields by name to a type or a DataField's inner elements, then what follows the DataDictionary. */
export function document(fields: Readonly<Record<string, string>>, rest: string, version = '4.4'): string {
  const declared = Object.entries(fields).map(([name, type]) => {
    const [dataType, inner = ''] = type.split('|')
    const optype = dataType === 'string' || dataType === 'boolean' ? 'categorical' : 'continuous'
    return `<DataField name="${escapeXml(name)}" optype="${optype}" dataType="${dataType}">${inner}</DataField>`
  })
  return `<?xml version="1.0"?>\n<PMML xmlns="http://www.dmg.org/PMML-4_4" version="${version}"><Header/><DataDictionary>${declared.join('')}</DataDictionary>${rest}</PMML>`
}

/** Text inside an attribute or element. */
export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;')
    .replaceAll('\r', '&#13;')
    .replaceAll('\t', '&#9;')
}

/** A MiningSchema of active fields and one target. */
export function schema(actives: readonly string[], target = 'y'): string {
  const fields = actives.map((name) =>
    name.startsWith('<MiningField') ? name : `<MiningField name="${escapeXml(name)}"/>`,
  )
  return `<MiningSchema>${fields.join('')}<MiningField name="${escape(target)}" usageType="target"/></MiningSchema>`
}

/** A regression that outputs an expression as field `o`; fields `x` and `z` are doubles, `s` and `t` texts. */
export function expressionDocument(
  expression: string,
  type = '',
  extra: Readonly<Record<string, string>> = {},
): string {
  const fields = {
    x: 'double',
    z: 'double',
    i: 'integer',
    j: 'integer',
    s: 'string',
    t: 'string',
    d: 'date',
    m: 'dateTime',
    ...extra,
    y: 'double',
  }
  const actives = Object.keys(fields).filter((name) => name !== 'y')
  const attribute = type === '' ? '' : ` dataType="${type}"`
  return document(
    fields,
    `<RegressionModel functionName="regression">${schema(actives)}<Output><OutputField name="o"${attribute} feature="transformedValue">${expression}</OutputField></Output><RegressionTable intercept="0"/></RegressionModel>`,
  )
}

export function prepare(xml: string): Promise<PreparedModel<never>> {
  const artifact = { bytes: Buffer.from(xml), digest: '', source: 'test.pmml' }
  return pmmlFormat.prepare(artifact, {}, context) as Promise<PreparedModel<never>>
}

/** Prepares, clones as between threads, opens. */
export async function open(xml: string): Promise<Scorer> {
  return pmmlFormat.open(structuredClone(await prepare(xml)))
}

/** Scores records at once; a faulty record's prediction is its MillraceError. */
export async function score(
  xml: string,
  records: readonly (RecordValue | null)[],
): Promise<(RecordValue | MillraceError)[]> {
  const { predictions, errors } = (await (await open(xml)).score(records)) as PredictionBatch
  return predictions.map((prediction, i) => prediction ?? (errors?.get(i) as MillraceError))
}

/** Value of the expression `o` for one record, or the code of its fault. */
export async function evaluate(expression: string, record: RecordValue = {}, type = ''): Promise<unknown> {
  const [result] = await score(expressionDocument(expression, type), [record])
  return result instanceof MillraceError ? result.code : result?.['o']
}

/** The error that preparing a document ends in. */
export async function refusal(xml: string): Promise<MillraceError> {
  try {
    await prepare(xml)
  } catch (thrown) {
    if (thrown instanceof MillraceError) return thrown
    throw thrown
  }
  throw new Error('the document was accepted')
}
