import { describe, expect, it } from '@jest/globals';
import { loadReact } from './support/react-version.js';
import { hooksSuite } from './support/suite.js';

const loaded = await loadReact('-18');

describe('nestwire/react on React 18', () => {
  it('runs on that version', () => {
    expect(loaded.react.version).toMatch(/^18\./);
  });

  hooksSuite(loaded);
});
