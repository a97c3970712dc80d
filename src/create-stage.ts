import { registry } from './components.ts'
import { workerUrl } from './core/worker-url.ts'
import { ScoringStage, type StageOptions } from './engine/stage.ts'

/** Makes a scoring stage with the components of this package: records in, results out, models changing while it runs. */
export function createStage(options: StageOptions = {}): ScoringStage {
  return new ScoringStage({ registry, registryUrl: workerUrl(import.meta.url, 'components').href }, options)
}
