import type { Verb } from './verb.ts'
import { receiveVerb } from './verbs/receive.ts'
import { sendVerb } from './verbs/send.ts'
import { topicCreateVerb } from './verbs/topic-create.ts'
import { topicListVerb } from './verbs/topic-list.ts'

const all: readonly Verb[] = [sendVerb, receiveVerb, topicCreateVerb, topicListVerb]

/** Every verb by name, in the order of help. Flags, completion and the reference page are derived from it. */
export const verbs: Readonly<Record<string, Verb>> = Object.freeze(
  Object.fromEntries(all.map((verb) => [verb.name, verb])),
)
