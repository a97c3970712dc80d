import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findJava, javaRelease } from '../../../src/clients/local-kafka/java.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

/** A folder with a `bin/java` that tells a version. */
function homeWith(version: string): string {
  const home = temporaryFolder()
  mkdirSync(join(home, 'bin'))
  writeFileSync(join(home, 'bin/java'), `#!/bin/sh\necho 'openjdk version "${version}" 2025-04-15' >&2\n`)
  chmodSync(join(home, 'bin/java'), 0o755)
  return home
}

test('releases are read from what vendors print', () => {
  expect(javaRelease('openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment')).toBe(17)
  expect(javaRelease('java version "1.8.0_402"')).toBe(8)
  expect(javaRelease('openjdk version "24-ea" 2025-03-18')).toBe(24)
  expect(javaRelease('gij (GNU libgcj)')).toBeNull()
})

test('the Java of JAVA_HOME is taken when it is new enough', async () => {
  const home = homeWith('21.0.1')
  expect(await findJava({ JAVA_HOME: home })).toBe(join(home, 'bin/java'))
})

test('an old Java, one that says nothing and none at all are refused with what was found', async () => {
  await expect(findJava({ JAVA_HOME: homeWith('11.0.2') })).rejects.toMatchObject({
    code: 'CLIENT_LOCAL_KAFKA_JAVA',
    message: expect.stringContaining('is Java 11'),
  })
  await expect(findJava({ JAVA_HOME: homeWith('x') })).rejects.toThrow(/does not tell its version/)
  await expect(findJava({ JAVA_HOME: temporaryFolder() })).rejects.toThrow(/there is none at/)
  await expect(findJava({ PATH: temporaryFolder() })).rejects.toThrow(/none on the path/)
})
