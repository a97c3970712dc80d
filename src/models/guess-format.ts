import type { ModelFormat } from './model.ts'

/**
 * The format of an artifact that nobody named, by the file's extension (without the dot, lower case) and its bytes: among the formats
 * with the extension the first that recognises the bytes, or that has nothing to recognise them by; else the first of all formats that
 * recognises them; else the only one with the extension, whose reader says what is wrong. Null when none is left.
 */
export function guessFormat(formats: readonly ModelFormat[], extension: string, bytes: Uint8Array): ModelFormat | null {
  const sharing = formats.filter(({ extensions }) => extensions.includes(extension))
  const likely = sharing.find((format) => format.recognises?.(bytes) ?? sharing.length === 1)
  if (likely) return likely
  const only = sharing.length === 1 ? (sharing[0] as ModelFormat) : null
  return formats.find((format) => format.recognises?.(bytes)) ?? only
}
