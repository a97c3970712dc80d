import type { CataloguePart } from './entry.ts'

/** Errors whose code starts with MODEL_. */
export const modelCatalogue = {
  MODEL_PMML_SYNTAX: {
    status: 422,
    scope: 'model',
    retry: false,
    message: '{source} is not well-formed PMML at line {line}, column {column}: {reason}',
  },
  MODEL_PMML_FAULT: {
    status: 422,
    scope: 'model',
    retry: false,
    message: '{source}: element {element} at line {line}, column {column}: {reason}',
  },
  MODEL_PMML_UNSUPPORTED: {
    status: 422,
    scope: 'model',
    retry: false,
    message: '{source}: element {element} at line {line}, column {column} uses {what}, which is not supported',
  },
  MODEL_PMML_LIMIT: {
    status: 413,
    scope: 'model',
    retry: false,
    message: '{source} exceeds the limit of {limit} {what} at line {line}, column {column}',
  },
  MODEL_ARTIFACT_SYNTAX: {
    status: 422,
    scope: 'model',
    retry: false,
    message: '{source} cannot be read as {format}: {place}: {reason}',
  },
  MODEL_ARTIFACT_UNSUPPORTED: {
    status: 422,
    scope: 'model',
    retry: false,
    message: '{source}: {place} uses {what}, which is not supported for {format}',
  },
  MODEL_ARTIFACT_LIMIT: {
    status: 413,
    scope: 'model',
    retry: false,
    message: '{source}: {place} exceeds the limit of {limit} {what}',
  },
  MODEL_RUNTIME_MISSING: {
    status: 501,
    scope: 'model',
    retry: false,
    message: 'format "{format}" needs the package "{package}", which is not installed; npm install {package}',
  },
  MODEL_RUNTIME_DIED: {
    status: 422,
    scope: 'model',
    retry: false,
    message: '{source} ends the process that tries it ({reason}); it is not loaded',
  },
  MODEL_RUNTIME_REFUSED: {
    status: 422,
    scope: 'model',
    retry: false,
    message: '{source} is refused by {runtime}: {reason}',
  },
  MODEL_RUN_ERROR: { status: 422, scope: 'record', retry: false, message: 'the model cannot be run: {reason}' },
  MODEL_METHOD_UNSUPPORTED: {
    status: 400,
    scope: 'record',
    retry: false,
    message: 'models of format "{format}" have no method "{method}"',
  },
  MODEL_FEATURES_WRONG: {
    status: 422,
    scope: 'model',
    retry: false,
    message: '{source}: {place} does not fit the model: {reason}',
  },
  MODEL_INPUT_INVALID: {
    status: 422,
    scope: 'record',
    retry: false,
    message: 'field "{field}" has the value "{value}", expected {expected}',
  },
  MODEL_INPUT_MISSING: {
    status: 422,
    scope: 'record',
    retry: false,
    message: 'field "{field}" is missing and the model needs it',
  },
  MODEL_FEATURES_MISSING: {
    status: 422,
    scope: 'record',
    retry: false,
    message:
      'the record has no field "{field}" that holds {expected} for the input of this name; name the fields of its columns with the option "features" of the model',
  },
  MODEL_FIELD_UNDECLARED: {
    status: 422,
    scope: 'record',
    retry: false,
    message: 'the model reads field "{field}", which it does not declare{hint}',
  },
  MODEL_INPUT_TYPE: {
    status: 422,
    scope: 'record',
    retry: false,
    message: '{place} gets the value "{value}", expected {expected}',
  },
  MODEL_RECORD_ABSENT: {
    status: 422,
    scope: 'record',
    retry: false,
    message: 'the record is {value}, expected an object with the fields of the model',
  },
  MODEL_RESULT_UNDEFINED: {
    status: 422,
    scope: 'record',
    retry: false,
    message: 'no result for "{target}": {reason}',
  },
  MODEL_CODE_NOT_ALLOWED: {
    status: 403,
    scope: 'model',
    retry: false,
    message:
      '{source} is a {format} model, which is code, and the operator does not allow models that are code (--allow-code, versions.allowCode)',
  },
  MODEL_ARTIFACT_TOO_LARGE: {
    status: 413,
    scope: 'model',
    retry: false,
    message: '{source} has {size} bytes, above the limit of {limit} bytes',
  },
  MODEL_FUNCTION_TEXT: { status: 422, scope: 'model', retry: false, message: '{source} is not UTF-8 text' },
  MODEL_FUNCTION_SYNTAX: {
    status: 422,
    scope: 'model',
    retry: false,
    message: '{source}:{line}:{column} does not compile: {reason}',
  },
  MODEL_FUNCTION_IMPORT: {
    status: 422,
    scope: 'model',
    retry: false,
    message: '{source}:{line}:{column} uses {what}, but a function model is one file that imports nothing',
  },
  MODEL_FUNCTION_EXPORT: {
    status: 422,
    scope: 'model',
    retry: false,
    message: '{source}: export {name} is {value}, expected {expected}',
  },
  MODEL_FUNCTION_START: {
    status: 422,
    scope: 'model',
    retry: false,
    message: '{place}: {function} throws {reason}',
  },
  MODEL_FUNCTION_THREW: {
    status: 422,
    scope: 'record',
    retry: false,
    message: '{place}: {function} throws {reason}',
  },
  MODEL_FUNCTION_RESULT: {
    status: 422,
    scope: 'record',
    retry: false,
    message: '{source}: {what} is {value}, expected {expected}',
  },
  MODEL_FUNCTION_TIMEOUT: {
    status: 504,
    scope: 'record',
    retry: false,
    message: '{source}: {function} is not done after {timeoutMs} ms',
  },
} as const satisfies CataloguePart
