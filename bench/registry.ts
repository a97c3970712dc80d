import { registry as shipped } from '../src/components.ts'
import { kinds } from '../src/config/component.ts'
import { Registry } from '../src/config/registry.ts'
import { passFormat } from './pass-format.ts'

/** The shipped components and the format that does not score. */
export const registry = new Registry([...kinds.flatMap((kind) => shipped.list(kind)), passFormat])
