import type { CataloguePart } from './entry.ts'

/** Errors of documents, options and the component registry. */
export const configCatalogue = {
  CONFIG_UNREADABLE: { status: 400, scope: 'server', retry: false, message: 'cannot read {path}: {reason}' },
  CONFIG_SYNTAX: { status: 400, scope: 'server', retry: false, message: '{place} is not valid YAML or JSON: {reason}' },
  CONFIG_OPTION_UNKNOWN: {
    status: 400,
    scope: 'server',
    retry: false,
    message: '{place}: unknown option "{option}"{hint}',
  },
  CONFIG_OPTION_MISSING: {
    status: 400,
    scope: 'server',
    retry: false,
    message: '{place}: option "{option}" is missing: {summary}',
  },
  CONFIG_OPTION_WRONG: {
    status: 400,
    scope: 'server',
    retry: false,
    message: '{place}: option "{option}" is {value}, expected {expected}',
  },
  CONFIG_OPTIONS_WRONG: {
    status: 400,
    scope: 'server',
    retry: false,
    message: '{place} is {value}, expected {expected}',
  },
  CONFIG_COMPONENT_UNKNOWN: {
    status: 400,
    scope: 'server',
    retry: false,
    message: '{place}: no {kind} is named "{name}"{hint}',
  },
  CONFIG_COMPONENT_REPEATED: {
    status: 500,
    scope: 'server',
    retry: false,
    message: 'two components are named {kind} "{name}"',
  },
  CONFIG_SECRET_MISSING: {
    status: 400,
    scope: 'server',
    retry: false,
    message: 'secret "{name}" is not at {path}: {reason}',
  },
  CONFIG_FAULTS: { status: 400, scope: 'server', retry: false, message: '{source} has {tally}: {first}' },
} as const satisfies CataloguePart
