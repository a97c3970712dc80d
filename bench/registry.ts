import { registry as shipped } from '../src/components.ts'
import { kinds } from '../src/config/component.ts'
import { Registry } from '../src/config/registry.ts'
import { copyFormat, passFormat } from './pass-format.ts'

/** The shipped components and the formats that do not score. */
export const registry = new Registry([...kinds.flatMap((kind) => shipped.list(kind)), passFormat, copyFormat])
