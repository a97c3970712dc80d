import { describe, expect, it } from 'vitest'
import { documentOf, stump } from './documents.ts'
import { open, prepare, refusal } from './prepared.ts'

const trees = Array.from({ length: 6 }, () => stump({ split_conditions: [2, 1, 1] }))
const zero = { parameters: { base_score: '0' } }
const modelOf = async (model: object, learner: object, parameters = {}, version: readonly number[] = [2, 1, 0]) => {
  const document = documentOf({
    trees,
    version,
    model: model as never,
    learner: learner as never,
    parameters: { ...zero.parameters, ...parameters },
  })
  return (await prepare(document)).payload.model as { iterations: number; iterationStarts: Int32Array }
}
const attributes = (values: object) => ({ attributes: values })

describe('iterations', () => {
  it('begin where the model says, or every so many trees', async () => {
    const starts = async (model: object, parameters = {}) => [...(await modelOf(model, {}, parameters)).iterationStarts]
    expect(await starts({ iteration_indptr: [0, 2, 6] })).toEqual([0, 2, 6])
    expect(await starts({})).toEqual([0, 1, 2, 3, 4, 5, 6])
    const parallel = { gbtree_model_param: { num_trees: '6', num_parallel_tree: '3' } }
    expect(await starts(parallel)).toEqual([0, 3, 6])
    expect(await starts({}, { num_target: '4' })).toEqual([0, 4, 6])
  })

  it('end with the best one of early stopping', async () => {
    const used = async (values: object, model = {}, version?: readonly number[]) =>
      (await modelOf(model, attributes(values), {}, version)).iterations
    expect(await used({})).toBe(6)
    expect(await used({ best_iteration: '0' })).toBe(1)
    expect(await used({ best_iteration: '3', best_ntree_limit: '1' })).toBe(4)
    expect(await used({ best_iteration: '0', best_ntree_limit: '3' }, {}, [1, 5, 0])).toBe(3)
    expect(await used({ best_iteration: '99' })).toBe(6)
    expect(await used({ best_iteration: 'x' })).toBe(6)
    const parallel = { gbtree_model_param: { num_trees: '6', num_parallel_tree: '2' } }
    expect(await used({ best_ntree_limit: '4' }, parallel)).toBe(2)
  })

  it('are those of the option where it is given', async () => {
    const document = documentOf({ trees, ...zero, learner: attributes({ best_iteration: '2' }) })
    const prediction = async (iterations: number) => (await open(document, { iterations })).score([{}]).predictions[0]
    expect([await prediction(1), await prediction(5), await prediction(99)]).toEqual(
      [1, 5, 6].map((sum) => ({ prediction: sum })),
    )
  })

  it('can be asked for; 0 stands for all, and more than there are is an error', async () => {
    const scorer = await open(documentOf({ trees, ...zero, learner: attributes({ best_iteration: '2' }) }))
    const sum = (iterations?: number) =>
      scorer.predict(Float64Array.of(0, 0), 1, {
        output: 'margin',
        ...(iterations === undefined ? {} : { iterations }),
      })[0]
    expect([sum(), sum(0), sum(1), sum(6)]).toEqual([3, 6, 1, 6])
    for (const wrong of [7, -1, 1.5])
      expect(() => sum(wrong)).toThrow(`${wrong} iterations are asked for, the model has 6`)
  })

  it('must rise to the number of trees', async () => {
    for (const iteration_indptr of [
      [0, 5],
      [1, 6],
      [0, 4, 2, 6],
      [0, 2.5, 6],
    ])
      expect(await refusal(documentOf({ trees, model: { iteration_indptr } }))).toMatch(/does not rise from 0 to 6/)
  })
})
