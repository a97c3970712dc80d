// Writes src/clients/local-kafka/jar-list.ts: the jars of Apache Kafka's broker and console tools, as Maven resolves them, with sizes
// and digests. For a new release of Kafka: change `release`, run it (Maven and Java on the path), look at the difference, commit.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listFiles } from './source-file.ts'

const release = '4.3.1'
/** The broker, its tools (console producer and consumer, consumer groups, …), and where its log lines go: standard error. */
const roots = [
  `org.apache.kafka:kafka_2.13:${release}`,
  `org.apache.kafka:kafka-tools:${release}`,
  'org.slf4j:slf4j-simple:1.7.36',
]

/** What the console tools name and never load: the servers of Kafka Connect. */
const exclusions = ['connect-api', 'connect-json', 'connect-runtime', 'connect-transforms']

const file = join(import.meta.dirname, '../src/clients/local-kafka/jar-list.ts')

const folder = mkdtempSync(join(tmpdir(), 'millrace-kafka-jars-'))
try {
  writeFileSync(join(folder, 'pom.xml'), pom())
  const copy = ['dependency:copy-dependencies', '-DincludeScope=runtime', '-Dmdep.useRepositoryLayout=true']
  // -C: a jar that differs from the repository's checksum ends Maven.
  execFileSync('mvn', ['-q', '-B', '-C', ...copy, `-DoutputDirectory=${join(folder, 'jars')}`], {
    cwd: folder,
    stdio: 'inherit',
  })
  const lines = listFiles(folder, 'jars', ['.jar']).map((path) => {
    const bytes = readFileSync(join(folder, path))
    const parts = path.split('/').slice(1, -1)
    const coordinates = [parts.slice(0, -2).join('.'), ...parts.slice(-2)].join(':')
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    return `  { coordinates: '${coordinates}', bytes: ${bytes.length}, sha256: '${sha256}' },\n`
  })
  writeFileSync(
    file,
    `// Made by scripts/list-kafka-jars.ts from what Maven resolves.

/** One jar of the Maven repository. */
export interface JarEntry {
  /** \`org.apache.kafka:kafka-clients:4.3.1\` */
  readonly coordinates: string
  readonly bytes: number
  /** 64 hexadecimal digits. */
  readonly sha256: string
}

/** The release of Apache Kafka that the jars belong to. */
export const kafkaRelease = '${release}'

/** What the broker and the console tools of Apache Kafka run on. */
// biome-ignore format: one line per jar
export const jarList: readonly JarEntry[] = [
${lines.join('')}]
`,
  )
  console.log(`${lines.length} jars of Apache Kafka ${release} in ${file}`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function pom(): string {
  const dependencies = roots.map((root) => {
    const [group, artifact, version] = root.split(':')
    const left = exclusions.map(
      (name) => `<exclusion><groupId>${group}</groupId><artifactId>${name}</artifactId></exclusion>`,
    )
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>
<exclusions>${left.join('')}</exclusions></dependency>`
  })
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>millrace</groupId><artifactId>kafka-jars</artifactId><version>1</version>
<dependencies>${dependencies.join('\n')}</dependencies></project>
`
}
