/** Documents of XGBoost as tests build them: small objects, as JSON or UBJSON bytes. */
export interface TreeText {
  readonly left_children: readonly number[]
  readonly right_children: readonly number[]
  readonly split_indices: readonly number[]
  readonly split_conditions: readonly number[]
  readonly default_left: readonly (number | boolean)[]
  readonly [other: string]: unknown
}

/** `f0 < 2 ? 0.5 : -0.25`, missing goes left. */
export function stump(more: Record<string, unknown> = {}): TreeText {
  return {
    left_children: [1, -1, -1],
    right_children: [2, -1, -1],
    split_indices: [0, 0, 0],
    split_conditions: [2, 0.5, -0.25],
    default_left: [1, 0, 0],
    split_type: [0, 0, 0],
    base_weights: [9, 9, 9],
    tree_param: { num_nodes: '3', size_leaf_vector: '1' },
    ...more,
  }
}

export interface DocumentParts {
  readonly trees?: readonly TreeText[]
  readonly objective?: string
  readonly learner?: Record<string, unknown>
  readonly parameters?: Record<string, unknown>
  readonly model?: Record<string, unknown>
  readonly booster?: Record<string, unknown>
  readonly version?: readonly number[]
}

/** A document of gbtree with two features; parts replace what it has. */
export function documentOf(parts: DocumentParts = {}): Record<string, unknown> {
  const trees = parts.trees ?? [stump()]
  return {
    learner: {
      attributes: {},
      feature_names: [],
      feature_types: [],
      gradient_booster: {
        model: {
          gbtree_model_param: { num_trees: String(trees.length), num_parallel_tree: '1' },
          tree_info: trees.map(() => 0),
          trees,
          ...parts.model,
        },
        name: 'gbtree',
        ...parts.booster,
      },
      learner_model_param: {
        base_score: '5E-1',
        num_class: '0',
        num_feature: '2',
        num_target: '1',
        ...parts.parameters,
      },
      objective: { name: parts.objective ?? 'reg:squarederror' },
      ...parts.learner,
    },
    version: parts.version ?? [2, 1, 0],
  }
}

export function jsonBytes(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}

/** UBJSON as XGBoost writes it: lists of floats with one type, objects without a length. */
export function ubjBytes(value: unknown): Uint8Array {
  return Buffer.concat(ubjParts(value))
}

function ubjParts(value: unknown): Buffer[] {
  if (value === null) return [Buffer.from('Z')]
  if (typeof value === 'boolean') return [Buffer.from(value ? 'T' : 'F')]
  if (typeof value === 'string') return [Buffer.from('S'), ubjText(value)]
  if (typeof value === 'number') return [ubjNumber(value)]
  if (Array.isArray(value)) {
    if (value.length > 0 && value.every((one) => typeof one === 'number')) {
      const floats = Buffer.alloc(value.length * 4)
      for (const [i, one] of value.entries()) floats.writeFloatBE(one, i * 4)
      return [Buffer.from('[$d#'), ubjLength(value.length), floats]
    }
    return [Buffer.from('[#'), ubjLength(value.length), ...value.flatMap(ubjParts)]
  }
  const members = Object.entries(value as object).flatMap(([name, member]) => [ubjText(name), ...ubjParts(member)])
  return [Buffer.from('{'), ...members, Buffer.from('}')]
}

function ubjNumber(value: number): Buffer {
  const bytes = Buffer.alloc(9)
  bytes.write(Number.isSafeInteger(value) ? 'L' : 'D')
  if (Number.isSafeInteger(value)) bytes.writeBigInt64BE(BigInt(value), 1)
  else bytes.writeDoubleBE(value, 1)
  return bytes
}

function ubjLength(length: number): Buffer {
  const bytes = Buffer.alloc(9)
  bytes.write('L')
  bytes.writeBigInt64BE(BigInt(length), 1)
  return bytes
}

function ubjText(text: string): Buffer {
  return Buffer.concat([ubjLength(Buffer.byteLength(text)), Buffer.from(text)])
}
