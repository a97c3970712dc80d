import { expect, test } from 'vitest'
import { findVerb, runCommandLine } from '../../src/cli/command-line.ts'
import { defineVerb } from '../../src/cli/verb.ts'
import { ConfigFaults } from '../../src/config/faults.ts'
import { MillraceError } from '../../src/core/errors.ts'
import { KeptOutput, testWorld } from '../support/command-line.ts'

const failing = (name: string, thrown: unknown) =>
  defineVerb({
    name,
    summary: 'End with an error',
    options: {},
    examples: [],
    run: () => Promise.reject(thrown),
  })
const fault = { code: 'CONFIG_SYNTAX', path: 'a', line: 2, column: 3, message: 'x.yaml:2:3: wrong' } as const
const verbs = {
  good: defineVerb({
    name: 'good',
    summary: 'Print what it got',
    operands: [{ name: 'word', summary: 'A word', isOptional: true }],
    options: {},
    examples: [],
    run: async ({ print, operands }) => {
      await print.result({ operands }, `got ${operands.join()}`)
      return 0
    },
  }),
  'set one': failing('set one', new MillraceError('CLI_LOG_MISSING', { path: 'x' })),
  faults: failing('faults', new ConfigFaults('x.yaml', [fault, { ...fault, message: 'x.yaml:4:1: also' }])),
  bug: failing('bug', new TypeError('two\n  lines')),
  bell: failing('bell', new MillraceError('CLI_LOG_MISSING', { path: 'x\u001b[2J' })),
  pipe: failing('pipe', new MillraceError('CLI_OUTPUT_CLOSED', {})),
}

async function run(args: readonly string[], env = {}) {
  const world = testWorld({ env })
  const status = await runCommandLine(verbs, args, world)
  return { status, stdout: world.stdout.text, stderr: world.stderr.text }
}

test('a verb runs with its arguments, in one word or two, and its status is the status', async () => {
  expect(await run(['good', 'x'])).toEqual({ status: 0, stdout: 'got x\n', stderr: '' })
  expect(findVerb(verbs, ['set', 'one', 'x']).rest).toEqual(['x'])
})

test('what an error quotes cannot steer the terminal', async () => {
  expect((await run(['bell'])).stderr).toContain('there is no log at x\\u001b[2J;')
})

test('options of every verb may stand before the verb', async () => {
  expect((await run(['--json', 'good', 'x'])).stdout).toBe('{"operands":["x"]}\n')
})

test('an unknown verb is status 2 and names the closest one', async () => {
  expect(await run(['goood'])).toEqual({
    status: 2,
    stdout: '',
    stderr: 'millrace: there is no verb "goood"; did you mean "good"?\n',
  })
  expect((await run(['set', 'oen'])).stderr).toContain('did you mean "set one"?')
  expect((await run(['set'])).status).toBe(2)
  expect((await run(['constructor'])).status).toBe(2)
})

test('without arguments the overview goes to standard error; asked for, to standard output', async () => {
  const asked = await run(['--help'])
  expect(asked.status).toBe(0)
  expect(await run([])).toEqual({ status: 2, stdout: '', stderr: asked.stdout })
  for (const name of Object.keys(verbs)) expect(asked.stdout).toContain(name)
})

test('help of a verb is the same by either spelling', async () => {
  const { stdout } = await run(['help', 'set', 'one'])
  expect(stdout).toContain('Usage: millrace set one [options]')
  expect((await run(['set', 'one', '--help'])).stdout).toBe(stdout)
  expect((await run(['help', 'set'])).stdout).toBe(stdout)
})

test('a failure is one line and status 1, a bug too, and a stack only when asked for', async () => {
  const failed = await run(['set', 'one'])
  expect(failed).toMatchObject({ status: 1, stderr: 'millrace: there is no log at x; name another with --path\n' })
  const bug = await run(['bug'])
  expect(bug.status).toBe(1)
  expect(bug.stderr.trim().split('\n')).toHaveLength(1)
  expect((await run(['bug'], { MILLRACE_DEBUG: '1' })).stderr).toContain('caused by: TypeError')
})

test('faults of a document are a line each, beginning with their place', async () => {
  expect(await run(['faults'])).toMatchObject({ status: 1, stderr: 'x.yaml:2:3: wrong\nx.yaml:4:1: also\n' })
})

test('with --json an error is an object on standard output', async () => {
  const { stdout, stderr } = await run(['faults', '--json'])
  expect(JSON.parse(stdout).error).toMatchObject({ code: 'CONFIG_FAULTS', faults: [{ line: 2, column: 3 }, {}] })
  expect(stderr).toBe('')
})

test('a closed output ends quietly', async () => {
  expect(await run(['pipe'])).toEqual({ status: 0, stdout: '', stderr: '' })
  const stdout = new KeptOutput()
  stdout.isClosed = true
  expect(await runCommandLine(verbs, ['good'], testWorld({ stdout }))).toBe(0)
})

test('--version prints name and version', async () => {
  expect((await run(['--version'])).stdout).toMatch(/^millrace \d+\.\d+\.\d+ /)
})
