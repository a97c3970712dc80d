import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { completionScript, shells } from '../../src/cli/completion.ts'
import { verbs } from '../../src/cli/verbs.ts'

const all = Object.values(verbs)
const hasBash = spawnSync('bash', ['-c', 'true']).status === 0

/** What bash offers after these words, of which the last is being typed. */
function offered(...words: string[]): string[] {
  const list = words.map((word) => `'${word}'`).join(' ')
  const script = `${completionScript('bash', all)}
COMP_WORDS=(millrace ${list}); COMP_CWORD=${words.length}; cd /; _millrace; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' })
  expect(stderr).toBe('')
  return stdout.split('\n').filter((word) => word !== '')
}

test.skipIf(!hasBash)('bash completes verbs, words of groups, flags and the words of a choice', () => {
  expect(offered('')).toEqual(expect.arrayContaining(['help', 'run', 'topic', 'model']))
  expect(offered('to')).toEqual(['topic'])
  expect(offered('topic', '')).toEqual(['create', 'list', 'delete'])
  expect(offered('topic', 'create', '--part')).toEqual(['--partitions'])
  expect(offered('model', 'publish', '--action', '')).toEqual(['activate', 'publish', 'shadow'])
  expect(offered('receive', '--no')).toEqual(['--no-follow', '--no-color'])
})

test.each(shells)('the script of %s knows every verb', (shell) => {
  const script = completionScript(shell, all)
  for (const { name } of all) for (const word of name.split(' ')) expect(script).toContain(word)
})

test('texts of the fish script are quoted', () => {
  for (const line of completionScript('fish', all).split('\n')) {
    const bare = line.replaceAll("\\'", '')
    expect((bare.match(/'/g) ?? []).length % 2).toBe(0)
  }
})
