import type { Registry } from '../../config/registry.ts'
import { MillraceError } from '../../core/errors.ts'
import type { Encoding } from '../../encodings/encoding.ts'
import { readingFields } from '../../engine/features.ts'
import type { ModelFormat, PreparedModel, Scorer } from '../../models/model.ts'
import type { RecordValue } from '../../schema/value.ts'
import { openRowReader, type RowReader } from './row-reader.ts'
import { openRowWriter, type RowWriter } from './row-writer.ts'
import type { RowFault, ScoredChunk, ScoreJob } from './score-job.ts'

/** Scores chunks of whole rows. */
export interface ChunkScorer {
  /** Chunks that may be given besides the one that is awaited; 0 = one after another. */
  readonly depth: number
  score(chunk: Uint8Array): Promise<ScoredChunk>
  close(): void
}

/** Opens a prepared model for the chunks of a job, on the thread that calls. */
export async function openChunkScorer(
  job: ScoreJob,
  formatName: string,
  prepared: PreparedModel,
  registry: Registry,
): Promise<ChunkScorer> {
  const format = registry.get<ModelFormat>('format', formatName, 'score')
  const scorer = readingFields(await format.open(prepared), {})
  const json = registry.get<Encoding>('encoding', 'json', 'score')
  const context = { schema: null, baseFolder: '.', place: 'score' }
  const rows = openRowReader(job, scorer.signature, () => json.openDecoder({}, context))
  const writer = openRowWriter(job.output, job.input, rows, () => json.openEncoder({}, context))
  return {
    depth: 0,
    async score(chunk) {
      rows.open(chunk)
      const faults: RowFault[] = []
      let records = 0
      while (rows.next()) {
        const done = await scoreBatch(scorer, rows, writer, job, faults)
        records += done
        if (job.onError === 'stop' && faults.length > 0) break
      }
      return { output: writer.take(), records, lines: rows.lines, faults }
    },
    close: () => scorer.close(),
  }
}

/** Scores and writes the rows that the reader holds; returns how many were dealt with. */
async function scoreBatch(
  scorer: Scorer,
  rows: RowReader,
  writer: RowWriter,
  job: ScoreJob,
  faults: RowFault[],
): Promise<number> {
  const { records, length } = rows
  const sound = records.includes(null) ? records.filter((record) => record !== null) : records
  const given = scorer.score(sound)
  const { predictions, errors } = given instanceof Promise ? await given : given
  let at = 0
  for (let row = 0; row < length; row++) {
    let error: MillraceError | null = null
    if (records[row] === null) error = rows.faultOf(row)
    else {
      const prediction = predictions[at] ?? null
      if (prediction !== null) error = written(writer, row, prediction)
      else error = errors?.get(at) ?? MillraceError.from('no prediction', 'the scorer')
      at++
    }
    if (error === null) continue
    faults.push({
      line: rows.lineOf(row),
      code: error.code,
      message: error.message,
      row: job.keepsRows ? rows.textOf(row) : null,
    })
    if (job.onError === 'stop') return row + 1
    if (job.onError === 'keep') writer.fault(row, error)
  }
  return length
}

/** Writes a prediction; returns the fault of one that the output cannot express. */
function written(writer: RowWriter, row: number, prediction: RecordValue): MillraceError | null {
  try {
    writer.prediction(row, prediction)
    return null
  } catch (thrown) {
    return MillraceError.from(thrown, 'the output')
  }
}
