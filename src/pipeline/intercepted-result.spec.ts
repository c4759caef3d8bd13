import { describe, expect, it } from '@jest/globals';
import { EMPTY, firstValueFrom, Observable, of, Subject, throwError, toArray } from 'rxjs';
import type { Connection } from '#hub';
import { readIntercepted } from './intercepted-result.js';
import { MessageContext, kOnStream, kStreams } from './message-context.js';

function contextWith(signal = new AbortController().signal): MessageContext {
  return new MessageContext({} as Connection, 'e', undefined, undefined, signal);
}

/** As the consumer of interceptors does: notes the stream when the handler has returned it. */
function streaming(source: Observable<unknown>, context: MessageContext): Observable<unknown> {
  return new Observable((subscriber) => {
    context[kStreams] = true;
    context[kOnStream]?.();
    return source.subscribe(subscriber);
  });
}

describe('readIntercepted', () => {
  it('gives the last value when the handler returned a value', async () => {
    expect(await readIntercepted(of(1), contextWith())).toBe(1);
    expect(await readIntercepted(of(1, 2), contextWith())).toBe(2);
    expect(await readIntercepted(EMPTY, contextWith())).toBeUndefined();
  });

  it('rejects with what the handler or an interceptor threw', async () => {
    const error = new Error('no');
    await expect(
      readIntercepted(
        throwError(() => error),
        contextWith(),
      ),
    ).rejects.toBe(error);
  });

  it('gives the stream with every value, also those that came before it was subscribed to', async () => {
    const context = contextWith();
    const result = await readIntercepted(streaming(of(1, 2), context), context);
    const values = (result as Observable<unknown>).pipe(toArray());
    expect(await firstValueFrom(values)).toEqual([1, 2]);
  });

  it('gives the stream before its first value, and hands on a late error', async () => {
    const context = contextWith();
    const source = new Subject<number>();
    const stream = (await readIntercepted(streaming(source, context), context)) as Subject<number>;
    const seen: unknown[] = [];
    stream.subscribe({ next: (value) => seen.push(value), error: (error) => seen.push(error) });
    source.next(1);
    source.error('late');
    expect(seen).toEqual([1, 'late']);
  });

  it('stops the source when the reader does', async () => {
    const context = contextWith();
    const source = new Subject<number>();
    const stream = (await readIntercepted(streaming(source, context), context)) as Subject<number>;
    stream.subscribe().unsubscribe();
    expect(source.observed).toBe(false);
  });

  it('stops the source when the client is gone, whether it has been read or not', async () => {
    for (const when of ['before', 'after']) {
      const controller = new AbortController();
      const context = contextWith(controller.signal);
      const source = new Subject<number>();
      if (when === 'before') controller.abort();
      await readIntercepted(streaming(source, context), context);
      controller.abort();
      expect(source.observed).toBe(false);
    }
  });
});
