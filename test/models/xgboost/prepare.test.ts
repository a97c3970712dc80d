import { describe, expect, it } from 'vitest'
import { xgboostFormat } from '../../../src/models/xgboost/xgboost.ts'
import { documentOf, jsonBytes } from './documents.ts'
import { open, prepare, refusal } from './prepared.ts'

describe('prepareXgboost', () => {
  it('gives data that can be cloned, samples that can be scored, and a size', async () => {
    const prepared = await prepare(documentOf())
    expect(prepared.isStateful).toBe(false)
    expect(prepared.residentBytes).toBeGreaterThan(100)
    const scorer = await open(documentOf())
    const { errors } = await scorer.score(prepared.samples)
    expect(prepared.samples.length).toBeGreaterThan(0)
    expect(errors).toBe(null)
  })

  it('refuses what is above the limits before it is read', async () => {
    const bytes = jsonBytes(documentOf())
    const context = { allowsCode: false, maxArtifactBytes: 10 }
    await expect(xgboostFormat.prepare({ bytes, digest: '', source: 'm' }, {}, context)).rejects.toThrow(
      /above the limit of 10 bytes/,
    )
    expect(await refusal(documentOf({ parameters: { num_target: '99999999' } }))).toMatch(
      /MODEL_ARTIFACT_LIMIT: m\.json: the learner exceeds the limit of 1000 targets/,
    )
  })

  it('refuses options that do not fit the model', async () => {
    expect(await refusal(documentOf(), { classes: ['a'] })).toMatch(/CONFIG_OPTION_WRONG: .*the model has no classes/)
    expect(await refusal(documentOf(), { features: ['a', 'b', 'c'] })).toMatch(/MODEL_FEATURES_WRONG/)
  })

  it('takes features with names that objects have', async () => {
    const scorer = await open(documentOf({ learner: { feature_names: ['__proto__', 'constructor'] } }))
    expect(scorer.score([{}]).errors).toBe(null)
  })
})
