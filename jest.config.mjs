import { groups, real, virtualTests } from './scripts/verify/test-groups.mjs'

/** One run for the whole workspace: sources are compiled by swc and resolved without a build. */
const shared = {
  rootDir: '.',
  roots: ['<rootDir>/packages', '<rootDir>/apps', '<rootDir>/scripts'],
  modulePathIgnorePatterns: ['/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  testEnvironment: '<rootDir>/scripts/verify/test-environment.mjs',
  testEnvironmentOptions: { customExportConditions: ['@p2pd/source', 'node', 'node-addons'] },
}
/** Files that are not tests of the workspace. */
export const ignored = ['/node_modules/', '/dist/']

const withPrograms = {
  globalSetup: '<rootDir>/scripts/verify/compile-programs.mjs',
  globalTeardown: '<rootDir>/scripts/verify/remove-programs.mjs',
}

export default {
  projects: [
    {
      ...shared,
      displayName: 'virtual',
      testMatch: ['**/*.test.ts'],
      testPathIgnorePatterns: [...ignored, ...real],
    },
    {
      ...shared,
      displayName: 'grouped',
      testMatch: [
        '<rootDir>/scripts/verify/groups/*.group.mjs',
        ...virtualTests(Object.values(groups).flat()).alone.map((path) => `<rootDir>/${path}`),
      ],
      testPathIgnorePatterns: ignored,
    },
    {
      ...shared,
      ...withPrograms,
      displayName: 'real',
      testRegex: real,
      testPathIgnorePatterns: ignored,
      // They measure times, and other tests of the kind would slow them down.
      runner: '<rootDir>/scripts/verify/one-at-a-time.mjs',
    },
  ],
  testSequencer: '<rootDir>/scripts/verify/longest-first.mjs',
  maxWorkers: '100%',
  // Of tests that may (`test.concurrent`), which mostly wait for the network: with three a busy machine is too slow.
  maxConcurrency: 2,
  // A worker that has not ended by then keeps something open.
  workerGracefulExitTimeout: 5_000,
  testTimeout: 30_000,
}
