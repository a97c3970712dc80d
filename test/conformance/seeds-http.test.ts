import { expect, onTestFinished, test } from 'vitest'
import { startServer } from '../../src/server/server.ts'
import { WineEngine } from '../support/wine-engine.ts'

/** A document as small as one can be: quality = 1 + alcohol / 2 - volatile acidity. */
const DOCUMENT = Buffer.from(`<PMML xmlns="http://www.dmg.org/PMML-4_3" version="4.3"><Header/>
  <DataDictionary>
    <DataField name="volatile acidity" optype="continuous" dataType="double"/>
    <DataField name="alcohol" optype="continuous" dataType="double"/>
    <DataField name="quality" optype="continuous" dataType="double"/>
  </DataDictionary>
  <RegressionModel functionName="regression">
    <MiningSchema><MiningField name="volatile acidity"/><MiningField name="alcohol"/>
      <MiningField name="quality" usageType="target"/></MiningSchema>
    <RegressionTable intercept="1"><NumericPredictor name="volatile acidity" coefficient="-1"/>
      <NumericPredictor name="alcohol" coefficient="0.5"/></RegressionTable>
  </RegressionModel></PMML>`)
const WINE = [7.4, 0.75, 0, 1.9, 0.076, 11, 34, 0.9978, 3.51, 0.56, 9.5]
const NAME = 'winequalityLinearRegression'

/** An engine while it runs, with its server on a free port. */
async function served() {
  const wine = await WineEngine.start()
  const server = await startServer({ engine: wine.engine, port: 0 })
  onTestFinished(() => server.close())
  const ask = async (path: string) => {
    const response = await fetch(server.url + path)
    return { status: response.status, body: (await response.json()) as never }
  }
  return { wine, ask, port: Number(new URL(server.url).port) }
}

test('without a model, answers are the default ones with status 200', async () => {
  const { ask } = await served()
  expect(await ask('/processors')).toEqual({ status: 200, body: { models: [] } })
  for (const path of ['/state/wine', '/stats']) {
    expect(await ask(path)).toMatchObject({ status: 200, body: { name: '', since: 0, usage: 0, duration: 0 } })
  }
})

test('a running engine answers as the tutorial programs and the book do', async () => {
  const { wine, ask, port } = await served()
  await wine.publish(NAME, DOCUMENT)
  const predictions = await wine.score(Array.from({ length: 42 }, () => WINE))
  expect(predictions[41]?.value).toEqual({ quality: 5 })

  expect(await ask('/processors')).toEqual({ status: 200, body: { models: ['wine'] } })
  const state = await ask('/state/wine')
  expect(state).toMatchObject({
    status: 200,
    body: { name: NAME, description: 'generated from SparkML', modelType: 'pmml', usage: 42 },
  })
  const { since, duration, min, max } = state.body as Record<'since' | 'duration' | 'min' | 'max', number>
  expect(since).toBeGreaterThan(Date.UTC(2020, 0))
  expect(min).toBeGreaterThan(0)
  expect(max).toBeGreaterThanOrEqual(min)
  expect(duration).toBeGreaterThanOrEqual(42 * min * 0.999)
  expect(duration).toBeLessThanOrEqual(42 * max * 1.001)

  expect(await ask('/stats')).toEqual(state)
  expect(await ask('/state/unknown')).toMatchObject({ status: 200, body: { name: '', usage: 0, since: 0 } })
  const instances = { status: 200, body: [{ host: '127.0.0.1', port, storeNames: ['modelStore'] }] }
  expect(await ask('/state/instances')).toEqual(instances)
  expect(await ask('/state/instances/modelStore')).toEqual(instances)
  expect(await ask('/state/modelStore/value')).toEqual({
    status: 200,
    body: { name: NAME, description: 'generated from SparkML', since, invocations: 42, duration, min, max },
  })
  expect(await ask('/state/other/value')).toMatchObject({
    status: 404,
    body: { error: { message: expect.stringContaining('other') } },
  })
})

test('statistics start anew with the next model', async () => {
  const { wine, ask } = await served()
  await wine.publish('first', DOCUMENT)
  await wine.score([WINE, WINE])
  await wine.publish('second', Buffer.from(DOCUMENT.toString().replace('intercept="1"', 'intercept="2"')))
  expect(await ask('/state/wine')).toMatchObject({ body: { name: 'second', usage: 0 } })
  expect((await wine.score([WINE]))[0]?.value).toEqual({ quality: 6 })
  expect(await ask('/state/wine')).toMatchObject({ body: { name: 'second', usage: 1 } })
})
