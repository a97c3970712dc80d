import type { CataloguePart } from './entry.ts'

/** Errors of the command line; those of verbs, options and operands end the process with status 2. */
export const cliCatalogue = {
  CLI_DEMO_STUCK: {
    status: 500,
    scope: 'server',
    retry: false,
    message: 'the demo engine has not finished its records {seconds} s after the last one was sent',
  },
  CLI_VERB_UNKNOWN: { status: 400, scope: 'server', retry: false, message: 'there is no verb "{verb}"{hint}' },
  CLI_OPTION_UNKNOWN: {
    status: 400,
    scope: 'server',
    retry: false,
    message: '"{verb}" has no option "--{option}"{hint}',
  },
  CLI_OPTION_EMPTY: { status: 400, scope: 'server', retry: false, message: 'option "--{option}" needs a value' },
  CLI_OPTION_WRONG: { status: 400, scope: 'server', retry: false, message: '{reason}' },
  CLI_OPERAND_MISSING: {
    status: 400,
    scope: 'server',
    retry: false,
    message: '{operand} is missing; the form is: {usage}',
  },
  CLI_OPERAND_UNEXPECTED: {
    status: 400,
    scope: 'server',
    retry: false,
    message: '"{operand}" is one argument too many; the form is: {usage}',
  },
  CLI_OUTPUT_CLOSED: { status: 409, scope: 'server', retry: false, message: 'whoever read the output has closed it' },
  CLI_STOPPED: { status: 409, scope: 'server', retry: false, message: 'stopped before the end: {done}' },
  CLI_FILE_UNUSABLE: { status: 400, scope: 'server', retry: false, message: 'cannot {action} {path}: {reason}' },
  CLI_THREAD_DIED: { status: 500, scope: 'server', retry: false, message: 'a scoring thread ended: {reason}' },
  CLI_INPUT_WRONG: { status: 400, scope: 'record', retry: false, message: '{place}: {reason}' },
  CLI_NOTHING_UP: {
    status: 400,
    scope: 'server',
    retry: false,
    message: 'there is nothing to bring up: give --local-kafka, an engine file or both',
  },
  CLI_LOG_MISSING: {
    status: 404,
    scope: 'server',
    retry: false,
    message: 'there is no log at {path}; name another with --path',
  },
  CLI_TOPICS_ABSENT: {
    status: 400,
    scope: 'server',
    retry: false,
    message: '{stream} is a stream of transport "{transport}", which has no topics; those of log and kafka have',
  },
  CLI_TOPIC_DIFFERS: {
    status: 409,
    scope: 'server',
    retry: false,
    message: 'topic "{topic}" of {place} has {actual} partitions, not {expected}',
  },
  CLI_NOT_CONFIRMED: { status: 400, scope: 'server', retry: false, message: 'this {what}; say --yes to do it' },
  CLI_GROUP_UNKNOWN: {
    status: 404,
    scope: 'server',
    retry: false,
    message: 'consumer group "{group}" has committed nothing in {place}',
  },
  CLI_REPLAY_NOWHERE: {
    status: 404,
    scope: 'server',
    retry: false,
    message: 'records that came from stream "{stream}" have nowhere to go: {reason}; name a topic with --to',
  },
  CLI_FORMAT_UNCLEAR: {
    status: 400,
    scope: 'server',
    retry: false,
    message: 'neither the extension of {path} nor its first bytes tell its format; say it with --format: {known}',
  },
  CLI_SERVER_AWAY: { status: 503, scope: 'server', retry: true, message: 'no server answers at {url}: {reason}' },
  CLI_SERVER_REFUSED: { status: 502, scope: 'server', retry: false, message: '{url} answers {status}: {reason}' },
  CLI_VERSION_REJECTED: { status: 400, scope: 'model', retry: false, message: '{version} was rejected: {reason}' },
  CLI_WAIT_EXPIRED: {
    status: 504,
    scope: 'server',
    retry: true,
    message: '{subject} did not happen within {waitMs} ms',
  },
} as const satisfies CataloguePart
