import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { versionText } from '../../src/cli/version.ts'

test('the version is that of the package, with the Node that runs it', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    readonly version: string
  }
  expect(versionText()).toContain(`millrace ${version} (node ${process.version}`)
})
