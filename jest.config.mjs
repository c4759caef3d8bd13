/** @type {import('jest').Config} */
export default {
  roots: ['<rootDir>/src', '<rootDir>/libs', '<rootDir>/test', '<rootDir>/sample'],
  testMatch: ['**/*.spec.ts'],
  // Scenarios that take their time: `npm run test:cluster`, `npm run test:prometheus`.
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/test/cluster/slow/',
    '<rootDir>/test/prometheus/',
  ],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: {
            legacyDecorator: true,
            decoratorMetadata: true,
            useDefineForClassFields: false,
          },
          keepClassNames: true,
        },
        module: { type: 'es6' },
      },
    ],
  },
  moduleNameMapper: {
    // What the pages of the samples import is made from it.
    '/shared/public/nestwire-client\\.js$': '<rootDir>/libs/client/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^#client$': '<rootDir>/libs/client/src/index.ts',
    '^#contract$': '<rootDir>/libs/contract/src/index.ts',
    '^#engine$': '<rootDir>/libs/engine/src/core.ts',
    '^#ws$': '<rootDir>/libs/engine/src/ws/internal.ts',
    '^#hub$': '<rootDir>/libs/hub/src/index.ts',
    '^nestwire/client$': '<rootDir>/libs/client/src/node.ts',
    '^nestwire/client/http2$': '<rootDir>/libs/client/src/http2.ts',
    '^nestwire/client/msgpack$': '<rootDir>/libs/client/src/msgpack.ts',
    '^nestwire/client/testing$': '<rootDir>/libs/client/src/testing/index.ts',
    '^nestwire/contract$': '<rootDir>/libs/cli/src/index.ts',
    '^nestwire/node-cluster$': '<rootDir>/libs/node-cluster/src/index.ts',
    '^nestwire/nats$': '<rootDir>/libs/nats/src/index.ts',
    '^nestwire$': '<rootDir>/src/index.ts',
    '^nestwire/asyncapi$': '<rootDir>/src/asyncapi/index.ts',
    '^nestwire/health$': '<rootDir>/src/health/index.ts',
    '^nestwire/inspector$': '<rootDir>/src/inspector/index.ts',
    '^nestwire/testing$': '<rootDir>/src/testing/index.ts',
    '^nestwire/engine$': '<rootDir>/libs/engine/src/index.ts',
    '^nestwire/ws$': '<rootDir>/libs/ws/src/index.ts',
    '^nestwire/react$': '<rootDir>/libs/react/src/index.ts',
    '^nestwire/telemetry$': '<rootDir>/src/telemetry/index.ts',
    '^nestwire/redis$': '<rootDir>/libs/redis/src/index.ts',
    '^nestwire/websocket-node$': '<rootDir>/libs/websocket-node/src/index.ts',
    '^nestwire/websocket-node/browser$': '<rootDir>/libs/websocket-node/src/browser.ts',
  },
  // Two workers that are replaced when they have grown: modules loaded as ESM are never let go.
  maxWorkers: 2,
  workerIdleMemoryLimit: '1GB',
  coverageProvider: 'v8',
  // For what hangs: a test that waits for a server or a browser is not red on a machine under load.
  testTimeout: 60_000,
};
