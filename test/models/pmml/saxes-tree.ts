import { SaxesParser } from 'saxes'

/** An element as another parser sees it. */
export interface Tree {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: Tree[]
  text: string
}

/** Reads a document with saxes, by the rules of readXml; null when saxes refuses it. */
export function saxesTree(text: string): Tree | null {
  const parser = new SaxesParser({ xmlns: false, position: false })
  const stack: Tree[] = []
  let root: Tree | null = null
  let isRefused = false
  const refuse = () => {
    isRefused = true
  }
  parser.on('error', refuse)
  parser.on('doctype', refuse)
  parser.on('opentag', ({ name, attributes }) => {
    const element: Tree = {
      name: name.slice(name.indexOf(':') + 1),
      attributes: { ...attributes },
      children: [],
      text: '',
    }
    stack.at(-1)?.children.push(element)
    root ??= element
    stack.push(element)
  })
  parser.on('closetag', () => void stack.pop())
  const add = (run: string) => {
    const element = stack.at(-1)
    if (!element) return
    const isBlank = element.text === '' && run.trim() === '' && (run.includes('\n') || element.children.length > 0)
    if (!isBlank) element.text += run
  }
  parser.on('text', add)
  parser.on('cdata', add)
  parser.write(text).close()
  return isRefused ? null : root
}
