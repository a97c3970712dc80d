import { existsSync, readFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, test } from 'vitest'
import { type Clock, systemClock } from '../../../src/core/clock.ts'
import { attribute, GraphBuilder } from '../../../src/models/onnx-graph/builder.ts'
import { type Trial, TrialProcess, trySession } from '../../../src/models/onnx-graph/trial.ts'
import { writeModelProto } from '../../../src/models/onnx-graph/write-model.ts'
import type { Tensor } from '../../../src/schema/tensor.ts'

function trialOf(build: (graph: GraphBuilder) => void, ...runs: Record<string, Tensor>[]): Trial {
  const graph = new GraphBuilder()
  build(graph)
  const model = writeModelProto({ irVersion: 10, opsets: new Map([['', 21]]), graph: graph.finish() })
  return { model, options: {}, source: { source: 'm.onnx', format: 'onnx' }, runs }
}

const x = (...data: number[]): Record<string, Tensor> => ({
  x: { dtype: 'float32', shape: [data.length], data: Float32Array.from(data) },
})
const negation = trialOf(
  (graph) => {
    graph.input('x', 'float32', [2])
    graph.output(graph.node('Neg', ['x']), 'float32', [2])
  },
  x(1, 2),
  x(1, 2, 3),
)

/** A loop that does not end in a lifetime. */
const endless = trialOf((graph) => {
  graph.input('x', 'float32', [1])
  const trips = graph.constant({ dtype: 'int64', shape: [], data: BigInt64Array.of(2n ** 62n) })
  const yes = graph.constant({ dtype: 'boolean', shape: [], data: Uint8Array.of(1) })
  const body = graph.subgraph('body', (inner) => {
    inner.input('i', 'int64', [])
    inner.input('c', 'boolean', [])
    inner.input('state', 'float32', [1])
    inner.output(inner.node('Identity', ['c']), 'boolean', [])
    inner.output(inner.node('Neg', ['state']), 'float32', [1])
  })
  graph.output(graph.node('Loop', [trips, yes, 'x'], { body: attribute.graph(body) }), 'float32', [1])
}, x(1))

const trials: TrialProcess[] = []
function start(limits: ConstructorParameters<typeof TrialProcess>[0] = {}, clock: Clock = systemClock): TrialProcess {
  const trial = new TrialProcess(limits, clock)
  trials.push(trial)
  return trial
}
afterEach(() => {
  for (const trial of trials.splice(0)) trial.close()
})

/** Resolves when the process has ended and its parent knows. One whose parent thread was terminated stays in the table (Z) as long as that process. */
async function gone(pid: number, isOrphan = false): Promise<void> {
  const status = `/proc/${pid}/status`
  for (;;) {
    try {
      process.kill(pid, 0)
    } catch {
      return
    }
    if (isOrphan && existsSync(status) && /^State:\s+Z/m.test(readFileSync(status, 'utf8'))) return
    await new Promise((done) => setImmediate(done))
  }
}

describe('TrialProcess', () => {
  test('gives the outputs of runs, and of those that cannot be made the reason', async () => {
    const trial = start()
    const { inputs, outputs, runs } = await trial.try(negation)
    expect(inputs).toEqual([{ name: 'x', dtype: 'float32', shape: [2] }])
    expect(outputs).toHaveLength(1)
    expect(runs[0]).toEqual({ outputs: { Neg: { dtype: 'float32', shape: [2], data: Float32Array.of(-1, -2) } } })
    expect(runs[1]).toMatchObject({ error: { code: 'MODEL_RUN_ERROR' } })
    const { pid } = trial
    await trial.try(negation)
    expect(trial.pid).toBe(pid)
  })

  test('passes on what the runtime refuses, and lives on', async () => {
    const trial = start()
    const refused = trial.try({ ...negation, model: Uint8Array.of(1, 2, 3) })
    await expect(refused).rejects.toMatchObject({ code: 'MODEL_RUNTIME_REFUSED' })
    await expect(trial.try(negation)).resolves.toBeDefined()
  })

  test('a process that dies by a signal is an error of that model alone, and the next one loads', async () => {
    const trial = start()
    await trial.try(negation)
    const { pid } = trial
    const dying = trial.try(endless)
    const next = trial.try(negation)
    // A microtask later the trial is on its way; it is taken up when its process says so.
    await Promise.resolve()
    while (!trial.isTrying) await new Promise((done) => setImmediate(done))
    process.kill(pid as number, 'SIGSEGV')
    await expect(dying).rejects.toMatchObject({ code: 'MODEL_RUNTIME_DIED' })
    await expect(dying).rejects.toThrow('m.onnx ends the process that tries it (signal SIGSEGV)')
    await expect(next).resolves.toBeDefined()
    expect(trial.pid).not.toBe(pid)
  })

  test('a model that does not end is stopped', async () => {
    let wake: () => void = () => {}
    const clock = { ...systemClock, sleep: () => new Promise<void>((done) => (wake = done)) }
    const trial = start({ timeoutMs: 123 }, clock)
    const hanging = trial.try(endless)
    await Promise.resolve()
    const { pid } = trial
    wake()
    await expect(hanging).rejects.toThrow('not done after 123 ms')
    await gone(pid as number)
  })

  test('a model that takes too much memory is stopped', async () => {
    const trial = start({ maxMemoryBytes: 2 ** 28 })
    const greedy = trialOf(
      (graph) => {
        graph.input('x', 'int64', [1])
        graph.output(graph.node('ConstantOfShape', ['x']), 'float32', [null])
      },
      { x: { dtype: 'int64', shape: [1], data: BigInt64Array.of(2n ** 28n) } },
    )
    await expect(trial.try(greedy)).rejects.toThrow('it takes more than 256 MiB of memory')
  })

  test('a process that ended between trials is replaced', async () => {
    const trial = start()
    await trial.try(negation)
    const { pid } = trial
    // The next trial is sent before this process is told of the end.
    process.kill(pid as number, 'SIGKILL')
    await expect(trial.try(negation)).resolves.toBeDefined()
    expect(trial.pid).not.toBe(pid)
  })

  test.each([
    ['computes', false],
    ['has the trial still before it', true],
  ])('ends with the thread that started it, even while it %s', async (_, isStopped) => {
    const text = `
      import { parentPort, workerData } from 'node:worker_threads'
      const { TrialProcess } = await import(workerData.url)
      const trial = new TrialProcess()
      await trial.try(workerData.negation)
      if (workerData.isStopped) process.kill(trial.pid, 'SIGSTOP')
      trial.try(workerData.endless).catch(() => {})
      await Promise.resolve()
      parentPort.postMessage(trial.pid)`
    const url = new URL('../../../src/models/onnx-graph/trial.ts', import.meta.url).href
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(text)}`), {
      workerData: { url, negation, endless, isStopped },
    })
    const pid = await new Promise<number>((resolve, reject) => {
      worker.on('message', resolve)
      worker.on('error', reject)
    })
    await worker.terminate()
    // Its answer that it takes the trial up finds nobody.
    if (isStopped) process.kill(pid, 'SIGCONT')
    await gone(pid, true)
  })
})

test('trySession shares one process per thread', async () => {
  expect((await trySession(negation)).runs).toHaveLength(2)
})
