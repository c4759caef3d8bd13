import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { deprecation } from './deprecation.js';

afterEach(() => {
  deprecation.disableWarnings = false;
  jest.restoreAllMocks();
});

function warnings(): string[] {
  const said: string[] = [];
  jest.spyOn(console, 'warn').mockImplementation((text: unknown) => void said.push(String(text)));
  return said;
}

describe('deprecation.warn', () => {
  it('gives a warning once', () => {
    const said = warnings();
    deprecation.deprecationWarningMap['old'] = 'old is now new';
    deprecation.warn('old');
    deprecation.warn('old');
    expect(said).toEqual(['DEPRECATION WARNING: old is now new']);
  });

  it('gives none that is not registered, nor with disableWarnings', () => {
    const said = warnings();
    deprecation.warn('toString');
    deprecation.disableWarnings = true;
    deprecation.deprecationWarningMap['other'] = 'other';
    deprecation.warn('other');
    expect(said).toEqual([]);
  });
});
