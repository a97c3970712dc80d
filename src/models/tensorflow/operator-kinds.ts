/** What becomes of an operator when a graph is read; facts of the operator registry of TensorFlow 2.21. */

/** Operators that give their first input as it is. */
export const passes: ReadonlySet<string> = new Set([
  'Identity',
  'StopGradient',
  'PreventGradient',
  'Snapshot',
  'CheckNumerics',
  'CheckNumericsV2',
  'EnsureShape',
  'PlaceholderWithDefault',
  'Print',
  'DeepCopy',
  'Copy',
  'CopyHost',
  'DebugIdentity',
  'DebugIdentityV2',
  'DebugIdentityV3',
  'OptimizationBarrier',
  'XlaSharding',
])

/** Operators that run for their effect on the log or on nothing: what they read is not needed. */
export const silent: ReadonlySet<string> = new Set([
  'NoOp',
  'Assert',
  'PrintV2',
  'ControlTrigger',
  'ScalarSummary',
  'HistogramSummary',
  'MergeSummary',
])

/** Operators that call a function; the attribute that names it. */
export const calls: Readonly<Record<string, string>> = {
  PartitionedCall: 'f',
  StatefulPartitionedCall: 'f',
  BatchFunction: 'f',
}

/** Operators that name functions as branches or loops: attributes that do, and how many inputs stand before the arguments. */
export const branching: Readonly<Record<string, { readonly attributes: readonly string[]; readonly skips: 0 | 1 }>> = {
  If: { attributes: ['then_branch', 'else_branch'], skips: 1 },
  StatelessIf: { attributes: ['then_branch', 'else_branch'], skips: 1 },
  While: { attributes: ['cond', 'body'], skips: 0 },
  StatelessWhile: { attributes: ['cond', 'body'], skips: 0 },
  Case: { attributes: ['branches'], skips: 1 },
  StatelessCase: { attributes: ['branches'], skips: 1 },
}

/** Operators that make a variable; what `isReference` outputs stand for is read wherever they are an input. */
export const variableOps: Readonly<Record<string, { readonly isReference: boolean }>> = {
  VarHandleOp: { isReference: false },
  VariableV2: { isReference: true },
  Variable: { isReference: true },
  AutoReloadVariable: { isReference: true },
}

/** Operators that make a lookup table. */
export const tableOps: ReadonlySet<string> = new Set([
  'HashTable',
  'HashTableV2',
  'MutableHashTable',
  'MutableHashTableV2',
  'MutableDenseHashTable',
  'MutableDenseHashTableV2',
  'AnonymousHashTable',
  'AnonymousMutableHashTable',
  'AnonymousMutableDenseHashTable',
])

/** Operators that give a variable a new value: how it follows from the old one and the second input. */
export const assignments: Readonly<Record<string, 'set' | 'AddV2' | 'Sub'>> = {
  Assign: 'set',
  AssignVariableOp: 'set',
  AssignAdd: 'AddV2',
  AssignAddVariableOp: 'AddV2',
  AssignSub: 'Sub',
  AssignSubVariableOp: 'Sub',
}

/** Other operators that change a variable or a table, by the beginning of their names. */
const changes =
  /^(Resource)?(Sparse)?(Apply|Scatter(Nd)?(Update|Add|Sub|Mul|Div|Min|Max)|StridedSliceAssign|CountUpTo)|^LookupTable(Insert|Import|Remove)|^InitializeTable/

/** True for operators that change state in a way that is not threaded. */
export function changesState(op: string): boolean {
  return changes.test(op)
}

/** Operators that only ask whether a variable has a value: it has. */
export const initialisedChecks: ReadonlySet<string> = new Set(['IsVariableInitialized', 'VarIsInitializedOp'])
