import type { Kind } from '../config/component.ts'
import { boolean, group, integer, json, type Option, type OptionTable, tagged, text } from '../config/option.ts'
import type { Registry } from '../config/registry.ts'

/** Stands for "no limit" in counts and times: the largest number that every timer takes. */
export const NO_LIMIT = 2_147_483_647

const batching = {
  maxRecords: integer(
    { summary: 'most records of a batch', unit: 'records', default: 1000, examples: [1, 1000] },
    { min: 1, max: NO_LIMIT },
  ),
  maxDelayMs: integer(
    {
      summary: 'how long the first record of a batch waits for more; 0 hands on what is there',
      unit: 'milliseconds',
      default: 0,
    },
    { min: 0, max: NO_LIMIT },
  ),
}

/** Options of a stream descriptor in our own spelling; the alternatives are the components of the registry. */
export function streamOptions(registry: Registry) {
  return {
    version: text({ summary: 'version of the descriptor format', default: '1' }),
    name: text({
      summary: 'name in positions and messages; by default the topic, the path or the type of the transport',
      isOptional: true,
      examples: ['orders'],
    }),
    description: text({ summary: 'free text for people', default: '' }),
    transport: componentOption('transport', registry, 'where bytes come from or go to'),
    envelope: optional(
      componentOption(
        'envelope',
        registry,
        'how bytes are cut into frames; by default what transport and encoding need',
      ),
    ),
    encoding: optional(componentOption('encoding', registry, 'how a record is represented; by default json')),
    schema: json({
      summary: 'type of the records: an Avro schema, {$ref: name}, "$inherit" (the model\'s) or null (any)',
      default: '$inherit',
    }),
    batching: group(batching, { summary: 'how records are grouped on their way to the model' }),
    loop: boolean({ summary: 'start again at the end of the data', default: false }),
    start: text(
      {
        summary: 'where reading starts without a committed position: earliest, latest, or a record or byte number',
        default: 'earliest',
        examples: ['earliest', 'latest', '1042'],
      },
      { regex: /^(?:earliest|latest|\d{1,15})$/, form: '"earliest", "latest" or a whole number from 0' },
    ),
    lingerMs: integer(
      {
        summary: 'how long closing an output waits for what is not yet written',
        unit: 'milliseconds',
        default: 3000,
      },
      { min: 0, max: NO_LIMIT },
    ),
    controlRecords: boolean({
      summary:
        'obey records that control the stream (end, set, pig) instead of scoring them; true in FastScore documents',
      default: false,
    }),
  } as const
}

/** One of the registry's components of a kind, with its own options. */
function componentOption(kind: Kind, registry: Registry, summary: string): Option<unknown> {
  const components = registry.list(kind)
  const alternatives = Object.fromEntries(components.map(({ name, options }) => [name, options as OptionTable]))
  // A discriminated union needs an alternative; without components, nothing fits.
  if (components.length === 0) return json({ summary })
  return tagged(alternatives, { summary }) as Option<unknown>
}

function optional(option: Option<unknown>): Option<unknown> {
  const facets = { ...option.facets, isOptional: true as const }
  return { ...option, facets, schema: option.schema.optional() }
}
