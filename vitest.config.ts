import { defineConfig } from 'vitest/config'

/** Suites that need a server, or kill and stop processes: one at a time, so that each has the machine. */
const alone = [
  'test/**/kafka*/**/*.test.ts',
  'test/**/*kafka*.test.ts',
  'test/{chaos,clients/local-kafka,recovery}/**/*.test.ts',
  'test/{cli/model-target,cli/verbs/up,engine/verify-run}.test.ts',
  'test/conformance/transport.test.ts',
  'test/scripts/services.test.ts',
]

const shared = {
  testTimeout: 30_000,
  hookTimeout: 30_000,
  pool: 'forks' as const,
  globalSetup: ['test/support/services-setup.ts'],
}

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: 'side by side',
          include: ['test/**/*.test.ts'],
          exclude: alone,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...shared,
          name: 'alone',
          include: alone,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
