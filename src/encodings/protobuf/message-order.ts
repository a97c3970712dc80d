import protobuf from 'protobufjs'

/** Messages of a file in its order, map fields among them. */
export interface DeclaredMessage {
  /** Null for the message that stands for the entries of a map field. */
  readonly name: string | null
  readonly inside: readonly DeclaredMessage[]
}

const maxDepth = 64

/**
 * The messages of a `.proto` text that the compiler accepts, as its descriptor lists them: a map field adds a message for its entries where it
 * stands, which counts in the message indexes of Confluent's serializers. The library's own tree keeps fields and messages apart.
 */
export function declaredMessages(text: string): readonly DeclaredMessage[] {
  const tokens = tokensOf(text)
  const root: DeclaredMessage[] = []
  /** Messages inside each open brace; those in other blocks belong to the one around. */
  const open: DeclaredMessage[][] = [root]
  /** What the next brace opens, when that is a message. */
  let body: DeclaredMessage[] | null = null
  for (const [i, token] of tokens.entries()) {
    const around = open.at(-1) ?? root
    const next = tokens[i + 1] ?? ''
    const startsStatement = i === 0 || [';', '{', '}'].includes(tokens[i - 1] as string)
    if (token === '{') {
      open.push(body ?? around)
      body = null
      if (open.length > maxDepth) return root
    } else if (token === '}') open.pop()
    else if (startsStatement && token === 'map' && next === '<') around.push({ name: null, inside: [] })
    else if (/^[A-Za-z_]\w*$/.test(next) && (token === 'message' ? startsStatement : token === 'group')) {
      body = []
      around.push({ name: next, inside: body })
    } else if (token === ';') body = null
  }
  return root
}

/** The tokens of a text, what stands in quotes as one that means nothing. */
function tokensOf(text: string): readonly string[] {
  const tokens = protobuf.tokenize(text, false)
  const found: string[] = []
  for (let token = tokens.next(); token !== null; token = tokens.next()) {
    found.push(token)
    if (token !== '"' && token !== "'") continue
    let quoted = tokens.next()
    while (quoted !== null && quoted !== token) quoted = tokens.next()
  }
  return found
}

/** Names on the way of message indexes, or null when there is no such message. */
export function namesAt(messages: readonly DeclaredMessage[], indexes: readonly number[]): readonly string[] | null {
  const names: string[] = []
  let inside = messages
  for (const index of indexes) {
    const found = inside[index]
    if (found === undefined || found.name === null) return null
    names.push(found.name)
    inside = found.inside
  }
  return names.length === 0 ? null : names
}

/** The message indexes of nested names, or null when there is no such message. */
export function indexesAt(messages: readonly DeclaredMessage[], names: readonly string[]): readonly number[] | null {
  const indexes: number[] = []
  let inside = messages
  for (const name of names) {
    const index = inside.findIndex((message) => message.name === name)
    if (index < 0) return null
    indexes.push(index)
    inside = (inside[index] as DeclaredMessage).inside
  }
  return indexes
}
