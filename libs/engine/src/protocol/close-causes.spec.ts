import { describe, expect, it } from '@jest/globals';
import { CloseCauses, type CloseCause } from './close-causes.js';
import { CloseCode, isSendableCloseCode } from './close-code.js';
import { MAX_CLOSE_REASON } from './control-payload.js';

const causes: readonly (readonly [string, CloseCause])[] = Object.entries(CloseCauses);

describe('what the engine closes for', () => {
  it('says what was found and what is allowed', () => {
    const { BrokenRule, FrameTooBig, TooManyParts, TooManyPongs } = CloseCauses;
    expect(BrokenRule.reason('FIN must be set')).toBe('Invalid WebSocket frame: FIN must be set');
    expect(TooManyParts.reason('message fragments')).toBe('Too many message fragments');
    expect(FrameTooBig.reason(9, 8)).toBe('Frame too big: it has 9 bytes, allowed are 8');
    expect(TooManyPongs.reason(61, 60)).toBe(
      'Too many pending pongs: current value is 61, allowed are 60',
    );
  });

  it('says of queues and budgets how much waits and how much may', () => {
    const { QueueFull, ReceiveBudget, SendBudget } = CloseCauses;
    expect(QueueFull.reason(11, 2, 10, 5)).toBe(
      'Cannot queue more: 11 bytes in 2 messages wait, allowed are 10 bytes and 5 messages',
    );
    expect(SendBudget.reason(11, 10)).toBe(
      'Cannot queue more: 11 bytes wait, all connections together may hold 10',
    );
    expect(ReceiveBudget.reason(11, 10)).toBe(
      'Cannot receive more: 11 bytes of a message are held, all connections together may hold 10',
    );
  });

  it.each(causes)('can be sent, or is not meant for the wire: %s', (_name, { code, when }) => {
    if (code !== CloseCode.Abnormal) expect(isSendableCloseCode(code)).toBe(true);
    else expect(when).toMatch(/without a Close frame/);
  });

  it('has no text that a Close frame would have to cut', () => {
    const texts = causes.map(([, { reason }]) => reason).filter((one) => typeof one === 'string');
    expect(texts.length).toBeGreaterThan(5);
    expect(texts.filter((text) => text.length > MAX_CLOSE_REASON)).toEqual([]);
  });
});
