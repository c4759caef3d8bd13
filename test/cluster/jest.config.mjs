import config from '../../jest.config.mjs';

/** Everything about many nodes, the scenarios that take their time included. */
export default {
  ...config,
  rootDir: '../..',
  roots: [
    '<rootDir>/test/cluster',
    '<rootDir>/libs/redis',
    '<rootDir>/libs/nats',
    '<rootDir>/libs/node-cluster',
  ],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/cluster/model/'],
  // Each starts servers and takes times: one after another.
  maxWorkers: 1,
  testTimeout: 60_000,
};
