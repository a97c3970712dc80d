import { readFileSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'
import { MillraceError } from '../core/errors.ts'

/** Where secrets are looked up; `defaultSecretsFolder(process.env)` gives the folder of this process. */
export interface SecretSource {
  readonly folder: string
}

/** `SECRET_PATH_ROOT`, or the folder where containers mount secrets. */
export function defaultSecretsFolder(environment: Readonly<Record<string, string | undefined>>): string {
  return environment['SECRET_PATH_ROOT'] || '/run/secrets'
}

const prefix = 'secret://'
const maxSecretBytes = 64 * 1024

/**
 * A copy of `values` in which every text `secret://name` is the content of that file of the secrets folder, and every
 * `secret:///absolute/path` the content of that file, without one final line break. Called last, just before
 * a component is opened: what is stored and shown keeps the references.
 */
export function resolveSecrets<T>(values: T, source: SecretSource): T {
  return resolved(values, source) as T
}

/** True when a text refers to a secret. */
export function isSecretReference(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith(prefix)
}

function resolved(value: unknown, source: SecretSource): unknown {
  if (isSecretReference(value)) return readSecret(value.slice(prefix.length), source)
  if (Array.isArray(value)) return value.map((item) => resolved(item, source))
  if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, resolved(item, source)]))
  }
  return value
}

function readSecret(name: string, { folder }: SecretSource): string {
  const path = name.startsWith('/') ? resolve(name) : join(resolve(folder), name)
  const fault = (reason: string) => new MillraceError('CONFIG_SECRET_MISSING', { name, path, reason })
  if (name === '') throw fault('the name is empty')
  if (name.includes('\0'))
    throw new MillraceError('CONFIG_SECRET_MISSING', {
      name: name.replaceAll('\0', '\\0'),
      path: folder,
      reason: 'the name holds a zero byte',
    })
  if (!name.startsWith('/') && !path.startsWith(resolve(folder) + sep)) throw fault(`it is outside of ${folder}`)
  const bytes = readBytes(path, fault)
  if (bytes.length > maxSecretBytes) throw fault(`it has ${bytes.length} bytes, at most ${maxSecretBytes} are read`)
  return bytes.toString('utf8').replace(/\r?\n$/, '')
}

function readBytes(path: string, fault: (reason: string) => MillraceError): Buffer {
  try {
    return readFileSync(path)
  } catch (thrown) {
    // The system's code alone: the error may not carry more than the path that the user wrote.
    throw fault(String((thrown as NodeJS.ErrnoException).code ?? 'it cannot be read'))
  }
}
