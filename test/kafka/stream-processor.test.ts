import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { jsonLines, run } from '../support/command-line.ts'
import { exampleFolder } from '../support/example-process.ts'
import { kafkaService } from '../support/kafka.ts'

const kafka = await kafkaService()
const root = fileURLToPath(new URL('../../', import.meta.url))
const ADDRESS = '127.0.0.1:9092'
const BETWEEN = '---- next block ----'

/** A command of the walk-through, and what it prints where the text says it. */
interface Step {
  readonly code: string
  readonly output: string | null
}

function stepsOf(text: string): Step[] {
  const blocks = [...text.matchAll(/^```(sh walkthrough|text)\n([\s\S]*?)^```$/gm)]
  return blocks.flatMap(([, info, code], i) => {
    if (info === 'text') return []
    const next = blocks[i + 1]
    return [{ code: code as string, output: next?.[1] === 'text' ? (next[2] as string) : null }]
  })
}

describe.skipIf(kafka.reason !== null)(
  `the stream processor${kafka.reason === null ? '' : `: ${kafka.reason}`}`,
  () => {
    // A dozen commands one after another, each a process of its own.
    test('every command of its README does what the README says', { timeout: 300_000 }, async () => {
      const folder = exampleFolder()
      const files = ['README.md', 'iris_model.0.1.yaml', 'iris_model.0.2.yaml'].map((name) =>
        join(folder, 'examples/stream-processor', name),
      )
      // The broker of the tests has another port; that is the only change.
      for (const file of files)
        writeFileSync(file, readFileSync(file, 'utf8').replaceAll(ADDRESS, kafka.bootstrapServers[0] as string))
      const steps = stepsOf(readFileSync(files[0] as string, 'utf8'))
      expect(steps.length).toBeGreaterThan(5)
      const script = steps.map(({ code }) => code).join(`\necho '${BETWEEN}'\n`)
      const { stdout, stderr } = await bash(folder, script)
      const printed = stdout.split(`${BETWEEN}\n`)
      expect(printed, stderr).toHaveLength(steps.length)
      for (const [i, { output, code }] of steps.entries()) if (output !== null) expect(printed[i], code).toBe(output)
      const topic = 'model_stream_processor.iris_model.0.1'
      const place = ['--bootstrap', kafka.bootstrapServers[0] as string, '--topic', `${topic}.errors`]
      const errors = jsonLines((await run(['receive', ...place, '--no-follow', '--json'])).stdout)
      expect(errors).toMatchObject([
        {
          text: '{"sepal_length": 1.1, "sepal_width": 1.2, "petal_length": 1.3, "petal_width": 1.4',
          headers: {
            'millrace-code': 'ENCODING_JSON_SYNTAX',
            'millrace-reason': 'record is not JSON: the record ends at byte 81, expected "," or "}"',
            'millrace-position': `${topic}.inputs/0@1`,
          },
        },
        {
          value: { sepal_length: 1.1, sepal_width: 1.2, petal_length: 1.3 },
          headers: {
            'millrace-code': 'SCHEMA_MISMATCH',
            'millrace-reason': 'field "petal_width": expected double, got no value',
            'millrace-position': `${topic}.inputs/0@2`,
          },
        },
      ])
    })
  },
)

function bash(cwd: string, script: string): Promise<{ stdout: string; stderr: string }> {
  const bin = join(cwd, '.bin')
  mkdirSync(bin)
  const program = `#!/bin/sh\nexec '${process.execPath}' --disable-warning=ExperimentalWarning '${join(root, 'src/cli/main.ts')}' "$@"\n`
  writeFileSync(join(bin, 'millrace'), program, { mode: 0o755 })
  const env = { ...process.env, PATH: [bin, process.env['PATH']].join(delimiter) }
  // A process group of its own, so that the processors end with it when a step does not.
  const shell = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => {
    try {
      process.kill(-(shell.pid as number), 'SIGKILL')
    } catch {
      // All of them have ended.
    }
  })
  let [stdout, stderr] = ['', '']
  shell.stdout.on('data', (chunk) => (stdout += chunk))
  shell.stderr.on('data', (chunk) => (stderr += chunk))
  return new Promise((resolve) => shell.once('close', () => resolve({ stdout, stderr })))
}
