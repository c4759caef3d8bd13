import { afterEach, describe, expect, it } from '@jest/globals';
import { LimitError } from '../protocol/errors.js';
import { Opcode } from '../protocol/opcode.js';
import { openOnSlowDuplex } from '../testing-fixtures/open-transport.js';
import { receiveBudget } from '../runtime/memory-budget.js';

const usual = receiveBudget.limit;

describe('the budget of incomplete messages', () => {
  afterEach(() => {
    receiveBudget.limit = usual;
  });

  it('closes the connection that holds most with 1013, and leaves the others alone', () => {
    receiveBudget.limit = 1_000;
    const [small, large] = [openOnSlowDuplex(), openOnSlowDuplex()];
    small.receive({ opcode: Opcode.Binary, fin: false, payload: Buffer.alloc(300) });
    large.receive({ opcode: Opcode.Binary, fin: false, payload: Buffer.alloc(600) });
    expect(receiveBudget.used).toBe(900);
    small.receive({ opcode: Opcode.Continuation, fin: false, payload: Buffer.alloc(200) });

    const [error] = large.listener.calls;
    expect(error).toMatchObject({ name: 'error', error: { code: 'WS_ERR_RECEIVE_BUDGET' } });
    expect(error?.name === 'error' && error.error).toBeInstanceOf(LimitError);
    expect(large.sent().at(-1)?.payload.readUInt16BE(0)).toBe(1013);
    expect(small.listener.calls).toEqual([]);
    expect(receiveBudget.used).toBe(500);

    small.receive({ opcode: Opcode.Continuation, payload: Buffer.alloc(1) });
    expect(small.listener.names).toEqual(['binary']);
    expect(receiveBudget.used).toBe(0);
    small.transport.terminate();
    large.transport.terminate();
  });

  it('bounds a lone connection, too, which has no limit of its own', () => {
    receiveBudget.limit = 1_000;
    const { transport, receive, listener } = openOnSlowDuplex({ maxPayload: 0 });
    // What is declared counts for nothing.
    receive({ opcode: Opcode.Binary, payload: Buffer.alloc(900), declaredLength: 8n << 30n });
    expect([receiveBudget.used, listener.errorCodes]).toEqual([900, []]);
    transport.received(Buffer.alloc(200), 200);
    expect(listener.errorCodes).toEqual(['WS_ERR_RECEIVE_BUDGET']);
    expect(receiveBudget.used).toBe(0);
    transport.terminate();
  });

  it('counts nothing for a connection that is gone', async () => {
    const { transport, receive, listener } = openOnSlowDuplex();
    receive({ opcode: Opcode.Text, fin: false, payload: Buffer.from('half') });
    expect(receiveBudget.used).toBe(4);
    transport.terminate();
    await listener.closed();
    expect(receiveBudget.used).toBe(0);
  });
});
