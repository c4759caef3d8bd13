import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ForbiddenException, Logger, NotFoundException, type ArgumentsHost } from '@nestjs/common';
import { of } from 'rxjs';
import { AnsweredError } from './answered-error.js';
import { runFilters } from './filter-runner.js';

const host = {} as ArgumentsHost;
const exception = new NotFoundException('no room');

async function outcome(answer: () => unknown): Promise<unknown> {
  const filters = { invokeCustomFilters: answer };
  return runFilters(filters, exception, host).catch((error: unknown) => error);
}

const REPLY = { status: 'error', code: 'NOT_FOUND', message: 'no room' };

describe('runFilters', () => {
  beforeEach(() => Logger.overrideLogger(false));
  afterEach(() => Logger.overrideLogger(['log', 'error', 'warn', 'debug']));

  it.each([undefined, null, Promise.resolve(undefined)])(
    'leaves the exception as it is when no filter answers (%#)',
    async (answer) => {
      expect(await outcome(() => answer)).toBe(exception);
    },
  );

  it('fills the frame with what a filter returns, resolves to or emits', async () => {
    const answers: [unknown, object][] = [
      ['sorry', { message: 'sorry' }],
      [{ code: 'GONE' }, { code: 'GONE' }],
      [Promise.resolve({ details: 1 }), { details: 1 }],
      [of({ message: 'm' }), { message: 'm' }],
      [{ status: 404 }, {}],
      [exception.getResponse(), {}],
    ];
    for (const [answer, change] of answers) {
      const error = await outcome(() => answer);
      expect(error).toBeInstanceOf(AnsweredError);
      expect((error as AnsweredError).reply).toEqual({ ...REPLY, ...change });
    }
  });

  it('sends a message that names its event as it is', async () => {
    const message = { event: 'sorry', data: 1 };
    expect(await outcome(() => message)).toBe(message);
  });

  it('fills the frame with the data of a message that is an exception by name', async () => {
    const error = await outcome(() => ({ event: 'exception', data: { code: 'MINE' } }));
    expect((error as AnsweredError).reply).toEqual({ ...REPLY, code: 'MINE' });
  });

  it('lets a filter translate the exception, by throwing or returning another', async () => {
    const other = new ForbiddenException();
    const thrown = await outcome(() => {
      throw other;
    });
    expect(thrown).toBe(other);
    expect(await outcome(() => other)).toBe(other);
  });

  it('answers the exception when the filter breaks', async () => {
    const broken = await outcome(() => {
      throw new TypeError('response.status is not a function');
    });
    expect(broken).toBe(exception);
    expect(await outcome(() => Promise.reject(new TypeError('late')))).toBe(exception);
  });
});
