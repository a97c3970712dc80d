import { parseSync, Visitor } from 'rolldown/utils'
import { code, heading, markdownTable } from './markdown.ts'

/** Page of the telemetry events, read from the interface `TelemetryEvents` in the text of its file. */
export function telemetryPage(text: string): string {
  const rows = eventsOf(text).map(({ name, fields, isError }) => [
    code(name),
    fields.map((field) => code(field)).join(', '),
    isError ? 'error' : '',
  ])
  const intro = 'What happens is a named event. Log lines and metrics are derived from these and from nothing else.\n'
  return [heading('Telemetry events'), intro, `${markdownTable(['Event', 'Payload', ''], rows)}\n`].join('\n')
}

interface TelemetryEvent {
  readonly name: string
  /** `records: number`, in the order of the declaration. */
  readonly fields: readonly string[]
  readonly isError: boolean
}

interface Signature {
  readonly key: { readonly name: string }
  readonly typeAnnotation: { readonly typeAnnotation: { readonly members?: readonly { start: number; end: number }[] } }
}

/** Events in the order of their names. */
export function eventsOf(text: string): TelemetryEvent[] {
  const events: TelemetryEvent[] = []
  new Visitor({
    TSInterfaceDeclaration: (node) => {
      if (node.id.name !== 'TelemetryEvents') return
      for (const member of node.body.body as unknown as readonly Signature[]) {
        const fields = (member.typeAnnotation.typeAnnotation.members ?? []).map(({ start, end }) =>
          text.slice(start, end).replace(/[;,]$/, '').replace(/\s+/g, ' '),
        )
        events.push({ name: member.key.name, fields, isError: member.key.name.endsWith('Error') })
      }
    },
  }).visit(parseSync('telemetry.ts', text).program)
  return events.sort((a, b) => (a.name < b.name ? -1 : 1))
}
