import { expect, test } from 'vitest'
import { registry } from '../../src/components.ts'
import { openCheckpoints } from '../../src/engine/open-checkpoints.ts'
import { LogWorld } from './log-world.ts'

test('opens the store that the engine file names, each time another one', async () => {
  const plan = new LogWorld().plan()
  const [one, other] = [await openCheckpoints(plan, registry), await openCheckpoints(plan, registry)]
  expect(one).not.toBe(other)
  expect(await one.tasks()).toEqual([])
  await one.close()
  await other.close()
})
