import { expect, test } from 'vitest'
import { run } from '../../support/command-line.ts'

test.each(['bash', 'zsh', 'fish'])('the script of %s is printed', async (shell) => {
  const { status, stdout } = await run(['completion', shell])
  expect(status).toBe(0)
  expect(stdout).toContain('millrace')
})

test('another shell is a fault that names those there are', async () => {
  const { status, stderr } = await run(['completion', 'tcsh'])
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr: 'millrace: there is no completion for "tcsh", only for: bash, zsh, fish\n',
  })
})
