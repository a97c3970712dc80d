import type { CataloguePart } from './entry.ts'

/** Errors of HTTP requests and of the HTTP server. */
export const serverCatalogue = {
  SERVER_PATH_UNKNOWN: { status: 404, scope: 'server', retry: false, message: 'there is no path "{path}"{hint}' },
  SERVER_METHOD_WRONG: {
    status: 405,
    scope: 'server',
    retry: false,
    message: 'path "{path}" does not take {method}; it takes: {allowed}',
  },
  SERVER_URL_WRONG: { status: 400, scope: 'server', retry: false, message: 'the URL cannot be read: {reason}' },
  SERVER_REQUEST_WRONG: { status: 400, scope: 'server', retry: false, message: 'the request cannot be read: {reason}' },
  SERVER_REQUEST_SLOW: {
    status: 408,
    scope: 'server',
    retry: true,
    message: 'the request was not complete within {timeoutMs} ms',
  },
  SERVER_HEADERS_TOO_LARGE: {
    status: 431,
    scope: 'server',
    retry: false,
    message: 'the headers of the request have more than {limit} bytes',
  },
  SERVER_BODY_TOO_LARGE: {
    status: 413,
    scope: 'server',
    retry: false,
    message: 'the body of the request has more than {limit} bytes',
  },
  SERVER_BODY_CODED: {
    status: 415,
    scope: 'server',
    retry: false,
    message: 'the body has content-encoding "{coding}", expected none',
  },
  SERVER_PARAMETER_WRONG: {
    status: 400,
    scope: 'server',
    retry: false,
    message: 'parameter "{name}" is {value}, expected {expected}',
  },
  SERVER_TOKEN_WRONG: {
    status: 401,
    scope: 'server',
    retry: false,
    message: 'the request has {actual}, expected "authorization: Bearer <token>" with a token of this server',
  },
  SERVER_ORIGIN_REFUSED: {
    status: 403,
    scope: 'server',
    retry: false,
    message: 'requests with {header} "{value}" are refused: this server answers to {allowed}',
  },
  SERVER_SLOT_REFUSED: { status: 403, scope: 'server', retry: false, message: 'slot {slot} {reason}' },
  SERVER_KEY_UNKNOWN: { status: 404, scope: 'server', retry: false, message: 'no model has key "{key}"{hint}' },
  SERVER_STORE_UNKNOWN: {
    status: 404,
    scope: 'server',
    retry: false,
    message: 'there is no store "{store}"; known: {known}',
  },
  SERVER_NOT_READY: { status: 503, scope: 'server', retry: true, message: 'engine "{engine}" is {state}{reason}' },
  SERVER_CLOSING: { status: 503, scope: 'server', retry: true, message: 'the server is stopping' },
  SERVER_ROUNDTRIP_LATE: {
    status: 504,
    scope: 'server',
    retry: true,
    message: 'no prediction came out of slot {slot} within {timeoutMs} ms',
  },
  SERVER_ROUNDTRIP_EMPTY: {
    status: 503,
    scope: 'server',
    retry: true,
    message: 'the record became no prediction at slot {slot}: no version serves its key, or it is a control record',
  },
  SERVER_UNSTARTABLE: {
    status: 500,
    scope: 'server',
    retry: false,
    message: 'cannot listen on {host}, port {port}: {reason}',
  },
} as const satisfies CataloguePart
