type Fields = Readonly<Record<string, unknown>>

/** FastScore gives marks of null to the envelope and delimiters to the encoding; ours need each of them where it is read. */
export function csvTogether(
  envelope: Fields | null | 'default',
  encoding: Fields,
): { readonly envelope: Fields; readonly encoding: Fields } | null {
  if (envelope === null || envelope === 'default' || envelope['type'] !== 'delimited-csv') return null
  const { missing, ...rest } = envelope
  if (encoding['type'] !== 'csv') return { envelope: rest, encoding }
  const { delimiter, quote } = encoding
  return { envelope: { ...rest, delimiter, quote }, encoding: { ...encoding, missing } }
}
