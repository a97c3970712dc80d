import { objectSchema } from '../../../src/config/option.ts'
import { type BytesColumn, BytesWriter } from '../../../src/core/bytes.ts'
import { MillraceError } from '../../../src/core/errors.ts'
import type { Encoder } from '../../../src/encodings/encoding.ts'
import { type RegistryOptions, registryTable } from '../../../src/encodings/schema-registry/options.ts'
import type { Value } from '../../../src/schema/value.ts'
import { ManualClock } from '../../support/manual-clock.ts'

/** Options of a registry with their defaults. */
export function registryOptions(url: string | readonly string[], more: object = {}): RegistryOptions {
  return objectSchema(registryTable).parse({ urls: typeof url === 'string' ? [url] : url, ...more })
}

/** A clock on which no pause lasts. */
export class PauselessClock extends ManualClock {
  readonly pausesMs: number[] = []

  override async sleep(delayMs: number): Promise<void> {
    this.pausesMs.push(delayMs)
  }
}

/** The error that a promise rejects with. */
export async function errorOf(promise: Promise<unknown>): Promise<MillraceError> {
  try {
    await promise
  } catch (thrown) {
    if (thrown instanceof MillraceError) return thrown
    throw thrown
  }
  throw new Error('it does not reject')
}

/** The frames of values that an encoder writes once it is prepared. */
export async function written(encoder: Encoder, values: readonly Value[]): Promise<BytesColumn> {
  await encoder.prepare?.()
  const writer = new BytesWriter(1, 1)
  for (const value of values) encoder.encode(value, writer)
  return writer.finish()
}
