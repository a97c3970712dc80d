import type { Verb } from './verb.ts'
import { completionVerb } from './verbs/completion.ts'
import { deadLettersListVerb } from './verbs/dead-letters-list.ts'
import { deadLettersReplayVerb } from './verbs/dead-letters-replay.ts'
import { demoVerb } from './verbs/demo.ts'
import { lagVerb } from './verbs/lag.ts'
import { lintVerb } from './verbs/lint.ts'
import { modelInspectVerb } from './verbs/model-inspect.ts'
import { modelListVerb } from './verbs/model-list.ts'
import { modelPinVerb } from './verbs/model-pin.ts'
import { modelPublishVerb } from './verbs/model-publish.ts'
import { modelRetireVerb } from './verbs/model-retire.ts'
import { modelUnpinVerb } from './verbs/model-unpin.ts'
import { modelVerifyVerb } from './verbs/model-verify.ts'
import { receiveVerb } from './verbs/receive.ts'
import { replayVerb } from './verbs/replay.ts'
import { runVerb } from './verbs/run.ts'
import { schemaInferVerb } from './verbs/schema-infer.ts'
import { scoreVerb } from './verbs/score.ts'
import { sendVerb } from './verbs/send.ts'
import { stateVerb } from './verbs/state.ts'
import { streamShowVerb } from './verbs/stream-show.ts'
import { topicCreateVerb } from './verbs/topic-create.ts'
import { topicDeleteVerb } from './verbs/topic-delete.ts'
import { topicListVerb } from './verbs/topic-list.ts'
import { upVerb } from './verbs/up.ts'
import { verifyRunVerb } from './verbs/verify-run.ts'

const all: readonly Verb[] = [
  demoVerb,
  runVerb,
  upVerb,
  lintVerb,
  stateVerb,
  modelPublishVerb,
  modelListVerb,
  modelPinVerb,
  modelUnpinVerb,
  modelRetireVerb,
  modelInspectVerb,
  modelVerifyVerb,
  sendVerb,
  receiveVerb,
  topicCreateVerb,
  topicListVerb,
  topicDeleteVerb,
  lagVerb,
  deadLettersListVerb,
  deadLettersReplayVerb,
  replayVerb,
  verifyRunVerb,
  streamShowVerb,
  schemaInferVerb,
  scoreVerb,
  completionVerb(() => all),
]

/** Every verb by name, in the order of help. Flags, completion and the reference page are derived from it. */
export const verbs: Readonly<Record<string, Verb>> = Object.freeze(
  Object.fromEntries(all.map((verb) => [verb.name, verb])),
)
