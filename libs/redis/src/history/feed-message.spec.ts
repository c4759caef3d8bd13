import { describe, expect, it } from '@jest/globals';
import { assert, property, uint8Array } from 'fast-check';
import { readFeedMessage } from './feed-message.js';

const read = (text: string) =>
  readFeedMessage(Buffer.from(text))?.map(({ body, ...rest }) => ({ ...rest, text: String(body) }));

describe('what was appended', () => {
  it('is read with its place', () => {
    expect(read('1 Ab_- 7 1700000000000 2 0 3\nabxyz')).toEqual([
      { epoch: 'Ab_-', offset: 7, time: 1_700_000_000_000, text: 'ab' },
      { epoch: 'Ab_-', offset: 8, time: 1_700_000_000_000, text: '' },
      { epoch: 'Ab_-', offset: 9, time: 1_700_000_000_000, text: 'xyz' },
    ]);
  });

  it.each([
    '',
    '\n',
    '1 e 1 1 1',
    '2 e 1 1 1\na',
    '1 e 1 1\na',
    '1 e 1 1 2\na',
    '1 e 1 1 1\nab',
    '1 e 1 1 999999999\na',
    '1 e -1 1 1\na',
    '1 e 1.5 1 1\na',
    '1 e 1e3 1 1\na',
    `1 ${'e'.repeat(65)} 1 1 1\na`,
    `1 e 1 1${' 0'.repeat(2_000)}\n`,
  ])('is nothing else: %j', (text) => {
    expect(read(text)).toBeUndefined();
  });

  it('is never an error, whatever was published', () => {
    assert(
      property(uint8Array({ maxLength: 80 }), (bytes) => {
        readFeedMessage(Buffer.concat([Buffer.from('1 e 1 1 '), bytes]));
        readFeedMessage(Buffer.from(bytes));
      }),
    );
  });
});
