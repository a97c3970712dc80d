import type { ModelFormat } from '../model.ts'
import type { Plan } from './plan.ts'
import { preparePmml } from './prepare.ts'
import { openScorer } from './scorer.ts'

/** PMML: models as XML documents, versions 3.0 to 4.4. */
export const pmmlFormat: ModelFormat<Record<never, never>, Plan> = Object.freeze({
  kind: 'format',
  name: 'pmml',
  summary: 'Models as PMML documents of versions 3.0 to 4.4',
  stability: 'stable',
  since: '0.1.0',
  options: {},
  isCode: false,
  extensions: ['pmml', 'xml'],
  prepare: preparePmml,
  open: openScorer,
} as const)
