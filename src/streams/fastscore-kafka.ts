import { boolean, integer, list, type OptionTable, text } from '../config/option.ts'

/** Fields of FastScore's Kafka transport (specification 1.3.3). */
export const kafkaFields = {
  BootstrapServers: list(text({ summary: 'a broker' }), { summary: 'brokers to begin with, as host:port' }),
  Topic: text({ summary: 'topic to read or to write' }),
  Group: text({ summary: 'consumer group that offsets are committed for', isOptional: true }),
  CommitOffset: boolean({ summary: 'whether the engine commits what it has done', default: true }),
  Partition: integer({ summary: 'the one partition to read or to write', default: 0 }, { min: 0 }),
  MaxWaitTime: integer(
    { summary: 'the stream ends when nothing came for so long', unit: 'milliseconds', default: 8_388_607 },
    { min: 1 },
  ),
  Principal: text({ summary: 'Kerberos principal', isOptional: true }),
  Keytab: text({ summary: 'file with the keys of the principal', isOptional: true }),
} satisfies OptionTable

type Fields = Readonly<Record<string, unknown>>

/** Our transport for the checked fields; `given` are those of the document, where null is a value of its own. */
export function kafkaTransport(fields: Fields, given: Fields): { readonly type: string } {
  return {
    type: 'kafka',
    ...{ bootstrapServers: fields['BootstrapServers'], topic: fields['Topic'], partition: fields['Partition'] },
    // Without a group FastScore commits nothing; an absent option would be the engine's name.
    group: fields['CommitOffset'] === false ? '' : (fields['Group'] ?? ''),
    ...(given['MaxWaitTime'] === null ? {} : { idleEndMs: fields['MaxWaitTime'] }),
  } as { readonly type: string }
}

/** What becomes of `CommitOffset` false with a group, which in FastScore the model moves by writing to a stream of type kafka-offset; else null. */
export function groupWarning(fields: Fields): string | null {
  if (fields['CommitOffset'] !== false || fields['Group'] === undefined) return null
  return 'with CommitOffset false the engine neither reads nor commits the position of the Group; it goes on from its own checkpoint'
}

/** What the transport or its document asks for that there is not, by field. */
export function brokenKafkaFields(
  given: Fields,
  document: Fields,
): { readonly field: string; readonly reason: string }[] {
  const broken: { field: string; reason: string }[] = []
  const rule = (field: string, isBroken: boolean, reason: string) => {
    if (isBroken) broken.push({ field, reason })
  }
  for (const field of ['Principal', 'Keytab']) {
    rule(
      `Transport.${field}`,
      typeof given[field] === 'string',
      `${field} is not available: Kerberos (SASL GSSAPI) is not spoken; plain, scram-sha-256, scram-sha-512 and oauthbearer are, as option sasl of our own spelling`,
    )
  }
  const { Envelope: envelope } = document
  rule('Envelope', envelope !== undefined && envelope !== null, 'Envelope must be null for transport "kafka"')
  rule('SkipToRecord', document['SkipToRecord'] === null, 'SkipToRecord may not be null for transport "kafka"')
  return broken
}
