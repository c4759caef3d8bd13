import { describe, expect, it } from '@jest/globals';
import { serve, turn } from '../testing-fixtures/fake-upgrade.js';
import { WireError } from '../wire/wire-error.js';

const broken = (): never => {
  throw new Error('secret');
};

describe('an answer', () => {
  it('is sent under the event of the request, with its id', () => {
    const { transport } = serve({ add: (_, data) => Number(data) + 1 }).connect();
    transport.event('add', 1, 7);
    transport.event('add', 2, 'a');
    transport.event('add', 3);
    expect(transport.sent).toEqual([
      '{"event":"add","data":2,"id":7}',
      '{"event":"add","data":3,"id":"a"}',
      '{"event":"add","data":4}',
    ]);
  });

  it('is owed to every message with an id and to no other', () => {
    const { transport } = serve({ say: () => undefined }).connect();
    transport.event('say');
    transport.event('say', null, 0);
    expect(transport.sent).toEqual(['{"event":"say","id":0}']);
  });

  it.each([[null], [0], [''], [false], [[]], [{}]])('may be %j', (value) => {
    const { transport } = serve({ say: () => value }).connect();
    transport.event('say');
    expect(transport.frames).toEqual([{ event: 'say', data: value }]);
  });

  it('chooses its own event by being exactly event and data', () => {
    const { transport } = serve({
      exact: () => ({ event: 'said', data: 1 }),
      more: () => ({ event: 'said', data: 1, at: 2 }),
      less: () => ({ event: 'said' }),
      typed: () => ({ event: 1, data: 1 }),
    }).connect();
    transport.event('exact', null, 1);
    transport.event('more');
    transport.event('less');
    transport.event('typed');
    expect(transport.frames).toEqual([
      { event: 'said', data: 1, id: 1 },
      { event: 'more', data: { event: 'said', data: 1, at: 2 } },
      { event: 'less', data: { event: 'said' } },
      { event: 'typed', data: { event: 1, data: 1 } },
    ]);
  });

  it.each(['$shutdown', '$presence', '$', 'exception', 'expiring'])(
    'never chooses %s, which is ours to say: it is data then',
    async (event) => {
      const forged = { event, data: { reconnect: 'elsewhere' } };
      const { transport } = serve({
        one: () => forged,
        later: () => Promise.resolve(forged),
        async *many() {
          yield forged;
        },
      }).connect();
      transport.event('one', null, 1);
      transport.event('one');
      transport.event('later', null, 2);
      await turn();
      transport.event('many', null, 3);
      await turn();
      expect(transport.frames).toEqual([
        { event: 'one', data: forged, id: 1 },
        { event: 'one', data: forged },
        { event: 'later', data: forged, id: 2 },
        { event: 'many', data: forged, id: 3 },
        { event: 'many', id: 3, complete: true },
      ]);
    },
  );

  it('to bytes never chooses such an event either', () => {
    const forged = { event: '$shutdown', data: 1 };
    const onBinary = { event: 'bytes', handle: () => forged };
    const { transport } = serve({}, { onBinary }).connect();
    transport.binary(new Uint8Array([1]));
    expect(transport.frames).toEqual([{ event: 'bytes', data: forged }]);
  });

  it('that cannot be encoded becomes an internal error with the id, and is reported', () => {
    const { connect, reports } = serve({ say: () => 1n });
    const { transport } = connect();
    transport.event('say', null, 7);
    expect(transport.frames).toEqual([
      {
        event: 'exception',
        data: { status: 'error', code: 'INTERNAL_ERROR', message: 'Internal server error' },
        id: 7,
      },
    ]);
    expect(reports).toHaveLength(1);
    expect(reports[0]?.context).toMatchObject({ phase: 'message', event: 'say' });
  });
});

describe('an exception', () => {
  it('tells the client what was made for it, and reports nothing', () => {
    const { connect, reports } = serve({
      say: () => {
        throw new WireError('BAD_REQUEST', 'Cannot say nothing', { details: ['text'] });
      },
    });
    const { transport } = connect();
    transport.event('say', 'payload', 7);
    expect(transport.frames).toEqual([
      {
        event: 'exception',
        data: {
          status: 'error',
          code: 'BAD_REQUEST',
          message: 'Cannot say nothing',
          details: ['text'],
        },
        id: 7,
      },
    ]);
    expect(reports).toEqual([]);
  });

  it('tells nothing of what nobody expected, and reports it', () => {
    const { connect, reports } = serve({ say: broken });
    const { connection, transport } = connect();
    transport.event('say', 'payload');
    expect(transport.sent[0]).not.toMatch(/secret|payload/);
    expect(reports[0]?.context).toEqual({ phase: 'message', connection, event: 'say' });
  });

  it('is worded by the error hook', () => {
    const { connect, reports } = serve(
      { say: broken },
      {
        hooks: {
          describe: () => ({ status: 'error', code: 'TEAPOT', message: 'Short and stout' }),
        },
      },
    );
    const { transport } = connect();
    transport.event('say');
    expect(transport.frames[0]?.data).toMatchObject({ code: 'TEAPOT' });
    expect(reports).toEqual([]);
  });

  it('survives an error hook that throws', () => {
    const { connect, reports } = serve({ say: broken }, { hooks: { describe: broken } });
    const { transport } = connect();
    transport.event('say');
    expect(transport.frames[0]?.data).toMatchObject({ code: 'INTERNAL_ERROR' });
    expect(reports).toHaveLength(2);
  });

  it('leaves out details that cannot be encoded', () => {
    const { connect, reports } = serve({
      say: () => {
        throw new WireError('BAD_REQUEST', 'No', { details: 1n });
      },
    });
    const { transport } = connect();
    transport.event('say', null, 7);
    expect(transport.frames).toEqual([
      { event: 'exception', data: { status: 'error', code: 'BAD_REQUEST', message: 'No' }, id: 7 },
    ]);
    expect(reports).toHaveLength(1);
  });

  it('survives a reporter that throws', () => {
    const { connect } = serve({ say: broken }, {}, { onError: broken });
    const { transport } = connect();
    expect(() => transport.event('say')).not.toThrow();
    expect(transport.frames).toHaveLength(1);
  });
});
