import type { ModelFormat } from './model.ts'

/**
 * The format of an artifact that nobody named: the one with the file's extension (without the dot, lower case). Where several formats
 * have it, or none, the first that recognises the bytes. Null when none does.
 */
export function guessFormat(formats: readonly ModelFormat[], extension: string, bytes: Uint8Array): ModelFormat | null {
  const sharing = formats.filter(({ extensions }) => extensions.includes(extension))
  if (sharing.length === 1) return sharing[0] as ModelFormat
  const candidates = sharing.length > 0 ? sharing : formats
  return candidates.find((format) => format.recognises?.(bytes)) ?? null
}
