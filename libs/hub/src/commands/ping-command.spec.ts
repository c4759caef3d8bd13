import { describe, expect, it } from '@jest/globals';
import { serve, turn } from '../testing-fixtures/fake-upgrade.js';
import { deferred } from '../testing-fixtures/deferred.js';
import { kCore } from '../connection/connection-core.js';

describe('$ping', () => {
  it('is answered with its id and nothing else, in whatever the connection is busy with', async () => {
    const answer = deferred<unknown>();
    const { connect } = serve({ wait: () => answer.promise });
    const { connection, transport } = connect();
    transport.event('wait', undefined, 1);
    transport.event('wait', undefined, 2);
    transport.event('$ping', { secret: true }, 'a');
    transport.event('$ping', undefined, 0);
    expect(transport.frames).toEqual([
      { event: '$ping', id: 'a' },
      { event: '$ping', id: 0 },
    ]);
    connection[kCore].hold();
    transport.event('$ping', undefined, 'b');
    expect(transport.frames.at(-1)).toEqual({ event: '$ping', id: 'b' });
    answer.resolve(1);
    await turn();
  });

  it('needs an id', () => {
    const { transport } = serve().connect();
    transport.event('$ping');
    expect(transport.frames).toMatchObject([
      { event: 'exception', data: { code: 'BAD_ENVELOPE' } },
    ]);
  });

  it('counts against rate limits', () => {
    const { connect } = serve({}, {}, { rate: { connection: { messages: 1, burst: 2 } } });
    const { transport } = connect();
    for (const id of [1, 2, 3]) transport.event('$ping', undefined, id);
    expect(transport.frames).toMatchObject([
      { event: '$ping', id: 1 },
      { event: '$ping', id: 2 },
      { event: 'exception', id: 3, data: { code: 'RATE_LIMITED' } },
    ]);
  });

  it('is not an event that a handler or a fallback gets', () => {
    const { transport } = serve({ '*': () => 'handled' }).connect();
    transport.event('$ping', undefined, 1);
    expect(transport.frames).toEqual([{ event: '$ping', id: 1 }]);
  });
});
