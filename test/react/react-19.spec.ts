import { describe, expect, it } from '@jest/globals';
import { loadReact } from './support/react-version.js';
import { hooksSuite } from './support/suite.js';

const loaded = await loadReact('');

describe('nestwire/react on React 19', () => {
  it('runs on that version', () => {
    expect(loaded.react.version).toMatch(/^19\./);
  });

  hooksSuite(loaded);
});
