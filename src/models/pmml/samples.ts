import type { RecordValue, Value } from '../../schema/value.ts'
import type { InputPlan, Plan } from './plan.ts'

const maxSamples = 32
/** Values of all samples together: documents of thousands of fields have fewer samples. */
const maxValues = 20_000

/** Records for warm-up: those of the document's verification, or made up from domains and split thresholds. */
export function samplesOf(plan: Plan, verified: readonly RecordValue[]): RecordValue[] {
  if (verified.length >= 16) return verified.slice(0, 64)
  const thresholds = thresholdsOf(plan)
  const inputs = plan.inputs.filter((input) => input.isActive)
  const count = Math.max(4, Math.min(maxSamples, Math.floor(maxValues / Math.max(1, inputs.length))))
  const made = Array.from({ length: count }, (_, i) =>
    Object.fromEntries(inputs.map((input, k) => [input.name, sampleOf(input, i + k * 7, thresholds.get(input.slot))])),
  )
  return [...verified, ...made]
}

function sampleOf(input: InputPlan, i: number, thresholds: readonly number[] | undefined): Value {
  if (input.valid) return input.valid[i % input.valid.length] as Value
  if (input.type.type === 'string') return 'a'
  if (input.type.type === 'boolean') return i % 2 === 0
  const interval = input.intervals?.[i % input.intervals.length]
  if (interval) {
    const { min, max } = interval
    const low = Number.isFinite(min) ? min : Number.isFinite(max) ? max - 10 : 0
    const high = Number.isFinite(max) ? max : low + 10
    return whole(input, low + ((high - low) * (1 + (i % 16))) / 18)
  }
  if (thresholds) return whole(input, (thresholds[(i * 31) % thresholds.length] as number) + (i % 2 ? 0.5 : -0.5))
  return whole(input, (i % 11) + 0.5)
}

function whole(input: InputPlan, value: number): number {
  return input.type.type === 'integer' || input.type.type.startsWith('date') || input.type.type.startsWith('time')
    ? Math.round(value)
    : value
}

/** Up to 64 split points of trees by slot. */
function thresholdsOf(plan: Plan): Map<number, number[]> {
  const { op, field, value } = plan.trees
  const found = new Map<number, number[]>()
  for (let node = 0; node < op.length; node++) {
    if ((op[node] as number) < 2 || (op[node] as number) > 7) continue
    const slot = field[node] as number
    let list = found.get(slot)
    if (!list) found.set(slot, (list = []))
    if (list.length < 64) list.push(value[node] as number)
  }
  return found
}
