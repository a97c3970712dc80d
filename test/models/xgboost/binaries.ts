/** What a file of the binary form holds; the default is one tree `f1 < 2 ? 0.5 : -0.25` whose missing values go left. */
export interface BinaryParts {
  readonly isHeaded?: boolean
  readonly spark?: '_cls_' | '_reg_'
  readonly hasOldLength?: boolean
  readonly booster?: string
  readonly objective?: string
  readonly base?: number
  readonly version?: readonly [number, number]
  readonly attributes?: Readonly<Record<string, string>>
  /** Counts as they are written, whatever is there. */
  readonly trees?: number
  readonly nodes?: number
  readonly leafWidth?: number
}

/** A file of the binary form; see read-binary.ts. */
export function binaryBytes(parts: BinaryParts = {}): Uint8Array {
  const { booster = 'gbtree', objective = 'reg:linear', attributes = {} } = parts
  const chunks: Buffer[] = []
  if (parts.spark) {
    for (const column of [parts.spark, 'features', 'label', 'prediction']) chunks.push(javaText(column))
    if (parts.spark === '_cls_') chunks.push(javaText('raw'), Buffer.from([0, 0, 0, 2]), Buffer.alloc(16))
  }
  if (parts.isHeaded) chunks.push(Buffer.from('binf'))
  const learner = words(34)
  learner.writeFloatLE(parts.base ?? 0.5, 0)
  learner.writeInt32LE(2, 4)
  learner.writeInt32LE(Object.keys(attributes).length > 0 ? 1 : 0, 12)
  learner.writeInt32LE(parts.version?.[0] ?? 0, 20)
  learner.writeInt32LE(parts.version?.[1] ?? 0, 24)
  chunks.push(learner, parts.hasOldLength ? oldText(objective) : text(objective), text(booster))
  if (booster === 'gblinear') chunks.push(words(34), length(3), floats(1, 2, 3))
  else {
    chunks.push(...tree(parts))
    if (booster === 'dart') chunks.push(length(1), floats(0.5))
  }
  const entries = Object.entries(attributes)
  if (entries.length > 0) chunks.push(length(entries.length), ...entries.flat().map(text))
  return Buffer.concat(chunks)
}

function tree({ trees = 1, nodes = 3, leafWidth = 0 }: BinaryParts): Buffer[] {
  const model = words(40)
  model.writeInt32LE(trees, 0)
  model.writeInt32LE(1, 4)
  const parameters = words(37)
  parameters.writeInt32LE(nodes, 4)
  parameters.writeInt32LE(leafWidth, 20)
  const node = (left: number, right: number, feature: number, value: number) => {
    const bytes = words(5)
    bytes.writeInt32LE(left, 4)
    bytes.writeInt32LE(right, 8)
    bytes.writeUInt32LE(feature, 12)
    bytes.writeFloatLE(value, 16)
    return bytes
  }
  const group = words(1)
  return [model, parameters, node(1, 2, 0x80000001, 2), node(-1, -1, 0, 0.5), node(-1, -1, 0, -0.25), words(12), group]
}

const words = (count: number) => Buffer.alloc(count * 4)
const floats = (...values: number[]) => Buffer.from(Float32Array.from(values).buffer)

function length(count: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(count))
  return bytes
}

function text(value: string): Buffer {
  return Buffer.concat([length(Buffer.byteLength(value)), Buffer.from(value)])
}

function oldText(value: string): Buffer {
  const header = words(3)
  header.writeUInt32LE(value.length, 4)
  return Buffer.concat([header, Buffer.from(value)])
}

function javaText(value: string): Buffer {
  return Buffer.concat([Buffer.from([0, value.length]), Buffer.from(value)])
}
