/**
 * JSON as Python's `json` writes it: `NaN`, `Infinity` and `-Infinity` may stand for numbers, or `nan` and `inf` as LightGBM's own dump has
 * them; NaN becomes null. Throws a SyntaxError.
 */
export function parsePythonJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (thrown) {
    const plain = text.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|nan|Infinity|inf)\b/g, (word) => {
      if (word.startsWith('"')) return word
      if (/nan$/i.test(word)) return 'null'
      return word.startsWith('-') ? '-1e999' : '1e999'
    })
    if (plain === text) throw thrown
    return JSON.parse(plain)
  }
}
