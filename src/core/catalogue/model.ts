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
    message: '{source} is a {format} model, which is code, and the operator does not allow models that are code',
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
