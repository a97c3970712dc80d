// Scores records inside a program, without an engine: a loaded model, a stage over an async iterable whose model changes on the
// way, and the same stage as a Web stream.
//
// In this repository: node --conditions=millrace-source examples/library/score.ts
// In a project that has installed millrace, a copy of this file: node score.ts
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { createStage, loadModel, type StageResult } from 'millrace'

type Flower = Record<string, number>

const iris = new URL('../iris/', import.meta.url)
const flowers = (await readFile(new URL('iris.jsonl', iris), 'utf8'))
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Flower)

await scoreWithOneModel()
await scoreWhileModelsChange()
await scoreWebStream()

/** One model, one call: a result for each record, in order. */
async function scoreWithOneModel(): Promise<void> {
  const model = await loadModel(fileURLToPath(new URL('tree.pmml', iris)))
  const results = await model.score([flowers[0] as Flower, { ...flowers[1], petal_length: 'long' }])
  console.log('features', model.signature.inputs.map((input) => input.name).join(', '))
  for (const result of results) console.log(JSON.stringify(result))
  await model.close()
}

/** A stage between two streams; every prediction says which version made it. */
async function scoreWhileModelsChange(): Promise<void> {
  const stage = createStage({ locations: [fileURLToPath(iris)] })
  const publish = (name: string) =>
    stage.publish({ name, version: '1', format: 'pmml', location: fileURLToPath(new URL(`${name}.pmml`, iris)) })
  await publish('tree')
  const counts: Record<string, number> = {}
  for await (const result of stage.score(arriving(() => publish('forest')))) {
    if ('error' in result) continue
    counts[result.model] = (counts[result.model] ?? 0) + 1
  }
  console.log('predictions', JSON.stringify(counts))
  console.log('statistics', JSON.stringify(stage.stats()))
  await stage.close()
}

/** The flowers one by one, as from a socket; after half of them somebody publishes another model. */
async function* arriving(publishNext: () => Promise<unknown>): AsyncGenerator<Flower> {
  for (const [i, flower] of flowers.entries()) {
    if (i === flowers.length / 2) await publishNext()
    yield flower
  }
}

/** The stage as a TransformStream, for what speaks Web streams: fetch bodies, files, compression. */
async function scoreWebStream(): Promise<void> {
  const stage = createStage({ locations: [fileURLToPath(iris)] })
  await stage.publish({ name: 'logistic', location: fileURLToPath(new URL('logistic.pmml', iris)) })
  const results: StageResult[] = []
  await ReadableStream.from(flowers.slice(0, 3))
    .pipeThrough(stage.toWebStream())
    .pipeTo(new WritableStream({ write: (result) => void results.push(result) }))
  for (const result of results) console.log('web', JSON.stringify(result))
  await stage.close()
}
