import { describe, expect, it } from '@jest/globals';
import * as server from '../../../hub/src/wire/envelope.js';
import * as client from './wire-events.js';

describe('the events of the wire', () => {
  it('are those of the server', () => {
    const both = Object.entries(client).filter(([name]) => name in server);
    expect(both.length).toBeGreaterThan(8);
    expect(server).toMatchObject(Object.fromEntries(both));
  });
});
