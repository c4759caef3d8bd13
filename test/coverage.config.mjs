import base from '../jest.config.mjs';

const FOLDERS = 'libs/engine/src/{protocol,handshake}';

/**
 * `npm run test:coverage`: what decides about bytes from outside, the closing of a connection
 * included, is covered whole by the specs beside it.
 *
 * @type {import('jest').Config}
 */
export default {
  ...base,
  rootDir: '..',
  testMatch: [`<rootDir>/${FOLDERS}/*.spec.ts`],
  collectCoverage: true,
  collectCoverageFrom: [`${FOLDERS}/*.ts`, '!**/*.spec.ts'],
  coverageReporters: ['text'],
  coverageThreshold: { global: { lines: 100, branches: 100, functions: 100, statements: 100 } },
};
