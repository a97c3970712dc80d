// Messages of the documents in test/golden/broken. `node test/golden/broken.ts` writes them anew: read the difference before it is committed.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MillraceError } from '../../src/core/errors.ts'
import { pmmlFormat } from '../../src/models/pmml/pmml.ts'

const folder = join(import.meta.dirname, 'broken')

/** Names of the broken documents. */
export const brokenNames = readdirSync(folder)
  .filter((file) => file.endsWith('.pmml'))
  .map((file) => file.slice(0, -'.pmml'.length))
  .sort()

/** What a user is told who loads a document: its error, or where it differs from the rows that it ships. */
export async function messageOf(name: string): Promise<string> {
  const source = `${name}.pmml`
  const artifact = { bytes: readFileSync(join(folder, source)), digest: '', source }
  try {
    const { verification } = await pmmlFormat.prepare(artifact, {}, { allowsCode: false, maxArtifactBytes: 1 << 24 })
    const [first] = verification?.differences ?? []
    if (!verification || !first) return 'the document was accepted\n'
    const { rows, differences } = verification
    const told = { ...first, row: first.row + 1, model: name, rows, count: differences.length }
    return textOf(new MillraceError('ENGINE_VERSION_UNVERIFIED', told))
  } catch (thrown) {
    if (!(thrown instanceof MillraceError)) throw thrown
    return textOf(thrown)
  }
}

function textOf({ code, message }: MillraceError): string {
  return `${code}\n${message}\n`
}

/** The message that is kept for a document. */
export function keptMessage(name: string): string {
  return readFileSync(join(folder, `${name}.message.txt`), 'utf8')
}

if (import.meta.main) {
  for (const name of brokenNames) writeFileSync(join(folder, `${name}.message.txt`), await messageOf(name))
}
