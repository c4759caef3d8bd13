import config from '../../jest.config.mjs';

/** A Prometheus that is installed scrapes a sample that runs: about half a minute. */
export default {
  ...config,
  rootDir: '../..',
  roots: ['<rootDir>/test/prometheus'],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: 1,
  testTimeout: 180_000,
};
