import { MillraceError } from '../../core/errors.ts'
import type { Domain, Dtype, Feature, Signature } from '../../schema/signature.ts'
import type { Artifact, PrepareContext, PreparedModel } from '../model.ts'
import { checkConformity, checkVersion } from './conformity.ts'
import { describePmml } from './describe.ts'
import { childOf, DocumentReader } from './document.ts'
import { modelElementOf, planModel } from './model.ts'
import type { InputPlan, Plan } from './plan.ts'
import { samplesOf } from './samples.ts'
import { maxNotes, Planner, Scope } from './scope.ts'
import type { DataType, TypeName } from './types.ts'
import { verify } from './verification.ts'
import { readXml, type XmlElement } from './xml.ts'

/** Reads, plans and verifies a document. CPU-bound: about 10 ms per MB of trees, up to 50 ms per MB of other things. */
export async function preparePmml(
  artifact: Artifact,
  _options: unknown,
  context: PrepareContext,
): Promise<PreparedModel<Plan>> {
  const { bytes, source } = artifact
  if (bytes.length > context.maxArtifactBytes) {
    throw new MillraceError('MODEL_ARTIFACT_TOO_LARGE', { source, size: bytes.length, limit: context.maxArtifactBytes })
  }
  const root = readXml(bytes, source)
  const reader = new DocumentReader(source)
  if (root.name !== 'PMML') reader.fault(root, 'is the root, expected PMML: this is another kind of document')
  checkVersion(reader, root)
  const element = modelElementOf(reader, root)
  const notes = checkConformity(reader, root, element)
  const planner = new Planner(reader, root)
  const plan = planDocument(planner, element)
  const signature = signatureOf(plan)
  const verification = verify(reader, element, plan)
  return {
    signature,
    payload: plan,
    residentBytes: bytesOf(plan),
    verification: verification.report,
    // Samples would leave their mark on the state.
    samples: planner.isStateful ? [] : samplesOf(plan, verification.records),
    isStateful: planner.isStateful,
    facts: factsOf(root, planner),
    description: describePmml(root, element, plan, planner),
    notes: [...notes, ...planner.notes.slice(0, maxNotes)],
  }
}

function planDocument(planner: Planner, element: XmlElement): Plan {
  const scope = new Scope(planner, null, element)
  const model = planModel(scope, element, {
    isTop: true,
    isVisible: true,
    hasOwnTarget: false,
    hasManyTargets: false,
    isFloat: false,
    labels: null,
    target: null,
  })
  const { slots, inputs, columns, resets, lags, lists } = planner
  return { slots, inputs, model, trees: planner.trees.finish(), columns, lags, resets, lists: [...lists] }
}

const dtypeOf: Readonly<Record<DataType, Dtype>> = {
  string: 'string',
  integer: 'int64',
  float: 'float32',
  double: 'float64',
  boolean: 'boolean',
  date: 'date',
  time: 'time',
  dateTime: 'datetime',
  timeSeconds: 'float64',
  dateDaysSince: 'float64',
  dateTimeSecondsSince: 'float64',
}

function signatureOf(plan: Plan): Signature {
  const feature = (name: string, type: TypeName): Feature => ({
    name,
    dtype: dtypeOf[type.type],
    shape: [],
    isOptional: true,
  })
  return {
    inputs: plan.inputs
      .filter((input) => input.isActive)
      .map((input): Feature => {
        const domain = domainOf(input)
        return {
          ...feature(input.name, input.type),
          shape: plan.lists.includes(input.slot) ? [null] : [],
          isOptional: input.missingTreatment !== 'returnInvalid',
          ...(domain ? { domain } : {}),
        }
      }),
    outputs: plan.columns.map(({ name, type, isList }) => ({ ...feature(name, type), shape: isList ? [null] : [] })),
  }
}

function domainOf(input: InputPlan): Domain | null {
  if (input.valid) return { values: input.valid as NonNullable<Domain['values']> }
  if (!input.intervals) return null
  const bound = (x: number): number | null => (Number.isFinite(x) ? x : null)
  return {
    intervals: input.intervals.map((i) => ({
      min: bound(i.min),
      max: bound(i.max),
      isMinOpen: i.isMinOpen,
      isMaxOpen: i.isMaxOpen,
    })),
  }
}

function factsOf(root: XmlElement, planner: Planner): Record<string, string | number> {
  const header = childOf(root, 'Header')
  const application = header && childOf(header, 'Application')
  const facts: Record<string, string | number> = { pmmlVersion: root.attributes['version'] ?? 'unknown' }
  if (application) {
    facts['producer'] = [application.attributes['name'], application.attributes['version']].filter(Boolean).join(' ')
  }
  for (const [name, count] of planner.counts) {
    if (/Model$|^(NeuralNetwork|Scorecard|Node|Segment|DataField|DerivedField|RegressionTable)$/.test(name))
      facts[name] = count
  }
  return facts
}

/** Bytes of the typed arrays, and a guess for the rest: what V8 takes for objects, lists and text of their size. */
function bytesOf(plan: Plan): number {
  let bytes = 0
  const count = (value: unknown): void => {
    if (ArrayBuffer.isView(value)) bytes += 100 + value.byteLength
    else if (Array.isArray(value)) {
      bytes += 32 + value.length * 8
      for (const item of value) count(item)
    } else if (typeof value === 'object' && value !== null) {
      bytes += 24
      for (const name in value) {
        bytes += 8
        count(value[name as keyof typeof value])
      }
    } else if (typeof value === 'string') bytes += 16 + value.length
  }
  count(plan)
  return bytes
}
