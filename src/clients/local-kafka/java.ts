import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { MillraceError } from '../../core/errors.ts'

/** The oldest Java that brokers of Apache Kafka 4 run on (docs/upgrade of Kafka 4.0). */
const oldestJava = 17

/** Environment variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The path of a Java that Kafka runs on: that of JAVA_HOME, else the one on the path. Rejects with CLIENT_LOCAL_KAFKA_JAVA where there is none. */
export async function findJava(env: Environment): Promise<string> {
  const home = env['JAVA_HOME']
  const path = home ? join(home, 'bin', 'java') : 'java'
  const said = await versionText(path, env)
  if (said === null) throw missing(home ? `there is none at ${path} (JAVA_HOME)` : 'there is none on the path')
  const release = javaRelease(said)
  if (release === null) throw missing(`"${path} -version" does not tell its version`)
  if (release < oldestJava) throw missing(`"${path}" is Java ${release}`)
  return path
}

/** The release that `java -version` tells: 17 of `openjdk version "17.0.15" 2025-04-15`, 8 of `java version "1.8.0_402"`; null when it tells none. */
export function javaRelease(text: string): number | null {
  const match = /version "(?:1\.)?(\d+)/.exec(text)
  return match ? Number(match[1]) : null
}

function versionText(path: string, env: Environment): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(path, ['-version'], { env: { ...env }, timeout: 30_000 }, (error, stdout, stderr) =>
      resolve(error ? null : `${stderr}${stdout}`),
    )
  })
}

function missing(found: string): MillraceError {
  return new MillraceError('CLIENT_LOCAL_KAFKA_JAVA', { oldest: oldestJava, found })
}
