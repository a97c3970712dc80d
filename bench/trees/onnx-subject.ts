// One ensemble as ONNX in onnxruntime, one thread, driven by bench/trees.ts through lines as subject.ts is.
//
//   node bench/trees/onnx-subject.ts FOLDER FEATURES TARGETS
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { InferenceSession, Tensor } from 'onnxruntime-node'

const ALL = 4096
const [folder = '', featuresText = '', targetsText = ''] = process.argv.slice(2)
const features = Number(featuresText)
const targets = Number(targetsText)
const read = readFileSync(join(folder, 'rows.f32'))
const matrix = new Float32Array(read.buffer.slice(read.byteOffset, read.byteOffset + read.length))
const wanted = readFileSync(join(folder, 'margins.f64'))
const expected = new Float64Array(wanted.buffer.slice(wanted.byteOffset, wanted.byteOffset + wanted.length))
const session = await InferenceSession.create(join(folder, 'model.onnx'), {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
})
// Classifiers give a label and probabilities, LightGBM's as a sequence of maps, which Node's binding does not take.
const [output = ''] = session.outputNames
let next = 0

async function scoreBatch(rows: number): Promise<ArrayLike<number | bigint>> {
  if (next + rows > ALL) next = 0
  const x = new Tensor('float32', matrix.subarray(next * features, (next + rows) * features), [rows, features])
  next += rows
  const found = await session.run({ x }, [output])
  return found[output]?.data as Float32Array
}

async function time(rows: number, ms: number): Promise<string> {
  const cpu = process.cpuUsage()
  const start = performance.now()
  let done = 0
  let now: number
  do {
    for (let i = 0; i < Math.max(1, 32 / rows); i++) {
      await scoreBatch(rows)
      done += rows
    }
    now = performance.now()
  } while (now < start + ms)
  const used = process.cpuUsage(cpu)
  return `${(((now - start) * 1e6) / done).toFixed(3)} ${(((used.user + used.system) * 1e3) / done).toFixed(3)}`
}

/** The largest difference of a margin, or how many labels differ. */
async function check(): Promise<string> {
  next = 0
  const found = await scoreBatch(ALL)
  let largest = 0
  for (let row = 0; row < ALL; row++) {
    const margins = expected.subarray(row * targets, (row + 1) * targets)
    if (targets === 1) largest = Math.max(largest, Math.abs(Number(found[row]) - (margins[0] as number)))
    else if (Number(found[row]) !== margins.indexOf(Math.max(...margins))) largest++
  }
  return String(largest)
}

process.stdout.write('ready\n')
for await (const line of createInterface({ input: process.stdin })) {
  const [rows = '', ms = ''] = line.split(' ')
  process.stdout.write(`${rows === 'check' ? await check() : await time(Number(rows), Number(ms))}\n`)
}
