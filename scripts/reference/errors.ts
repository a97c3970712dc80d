import type { CataloguePart } from '../../src/core/catalogue/entry.ts'
import { code, heading, markdownTable } from './markdown.ts'

/** Page of the error catalogue, by room. */
export function errorsPage(catalogue: CataloguePart): string {
  const codes = Object.keys(catalogue).sort()
  const rooms = [...new Set(codes.map((errorCode) => errorCode.split('_')[0] as string))]
  const sections = rooms.map((room) => {
    const rows = codes
      .filter((errorCode) => errorCode.startsWith(`${room}_`))
      .map((errorCode) => {
        const { message, scope, retry, status } = catalogue[errorCode] as CataloguePart[string]
        return [code(errorCode), code(message), scope, retry ? 'yes' : 'no', String(status)]
      })
    return `## ${room}\n\n${markdownTable(['Code', 'Message', 'Scope', 'Retry', 'HTTP status'], rows)}\n`
  })
  const intro = `Every error has a code, which never changes its meaning. The scope says what the engine does about it: a \`record\` goes
to the dead letters, a \`stream\` is retried, a \`model\` version is rejected, a \`server\` fault stops the task.
`
  return [heading('Errors'), intro, ...sections].join('\n')
}
