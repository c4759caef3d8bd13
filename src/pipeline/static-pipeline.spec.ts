import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it, jest } from '@jest/globals';
import { ForbiddenException, type ArgumentsHost, type ExecutionContext } from '@nestjs/common';
import type { Connection } from '#hub';
import { MessageContext } from './message-context.js';
import type { MessageArguments } from './params-factory.js';
import type { ResolvedHandler, ResolvedParam } from './resolved-handler.js';
import { staticPipeline } from './static-pipeline.js';

const connection = {} as Connection;

function param(index: number, ...pipes: ((value: unknown) => unknown)[]): ResolvedParam {
  return {
    index,
    extract: (args) => args[1],
    pipes: pipes.map((transform) => ({ transform })),
    metadata: { type: 'body', metatype: Object, data: undefined },
  };
}

function handler(parts: Partial<ResolvedHandler>): ResolvedHandler {
  return {
    instance: {},
    callback: (...args) => args,
    guards: [],
    params: [param(0)],
    filters: {
      next: (error) => {
        throw error;
      },
      invokeCustomFilters: () => undefined,
    },
    contextOf: (args) => ({ getArgs: () => args }) as unknown as ExecutionContext,
    hostOf: (args) => ({ getArgs: () => args }) as unknown as ArgumentsHost,
    verdictOf: async (answer) => answer,
    ...parts,
  };
}

function call(parts: Partial<ResolvedHandler>, data: unknown = 'data'): unknown {
  const args: MessageArguments = [
    connection,
    data,
    new MessageContext(connection, 'event', data),
    'event',
  ];
  return staticPipeline(handler(parts))(...args);
}

const yes = { canActivate: () => true };
const later = { canActivate: () => Promise.resolve(true) };

describe('staticPipeline', () => {
  it('answers at once when guards, pipes and handler do', () => {
    expect(
      call({ guards: [yes, yes], params: [param(0, (value) => `${String(value)}!`)] }),
    ).toEqual(['data!']);
    expect(call({ params: [param(2, String), param(0)] })).toEqual(['data', undefined, 'data']);
    expect(call({ params: [] })).toHaveLength(4);
  });

  it.each<[string, Partial<ResolvedHandler>]>([
    ['guard', { guards: [yes, later, yes] }],
    ['pipe', { params: [param(0, (value) => Promise.resolve(value))] }],
    ['pipe of several', { params: [param(0, (value) => Promise.resolve(value), String)] }],
    ['handler', { callback: (...args) => Promise.resolve(args) }],
  ])('waits for a %s that is a promise', async (_name, parts) => {
    const result = call(parts);
    expect(result).toBeInstanceOf(Promise);
    expect(await result).toEqual(['data']);
  });

  it('calls neither pipe nor handler when a guard says no', async () => {
    const callback = jest.fn();
    const transform = jest.fn();
    const no = { canActivate: () => false };
    const parts = { callback, params: [param(0, transform)] };
    for (const guards of [
      [no],
      [yes, no, yes],
      [later, no],
      [{ canActivate: () => '' as never }],
    ]) {
      await expect(call({ ...parts, guards })).rejects.toThrow(
        new ForbiddenException('Forbidden resource'),
      );
    }
    expect(callback).not.toHaveBeenCalled();
    expect(transform).not.toHaveBeenCalled();
  });

  it('gives filters what was received, whatever a guard has made of it', async () => {
    const hosts: unknown[] = [];
    const changing = {
      canActivate: (context: ExecutionContext) => {
        context.getArgs<unknown[]>()[1] = 'changed';
        return true;
      },
    };
    const result = call({
      guards: [changing],
      callback: (data) => {
        throw new TypeError(String(data));
      },
      filters: {
        invokeCustomFilters: () => undefined,
        next: (error, host) => {
          hosts.push(host.getArgs<unknown[]>()[1]);
          return (error as Error).message;
        },
      },
    });
    expect(await result).toBe('changed');
    expect(hosts).toEqual(['data']);
  });

  it('keeps what a guard enters from the next message', () => {
    const store = new AsyncLocalStorage<unknown>();
    const entering = {
      canActivate: () => {
        store.enterWith('entered');
        return true;
      },
    };
    expect(call({ guards: [entering], callback: () => store.getStore() })).toBe('entered');
    expect(store.getStore()).toBeUndefined();
    expect(call({ callback: () => store.getStore() })).toBeUndefined();
  });

  it('starts every parameter, though one of them fails, and leaves no rejection unhandled', async () => {
    const started: unknown[] = [];
    const failing = (name: string, wait: boolean) => () => {
      started.push(name);
      if (!wait) throw new TypeError(name);
      return Promise.reject(new TypeError(name));
    };
    const params = [
      param(0, failing('later', true)),
      param(1, failing('at once', false)),
      param(2, failing('last', true)),
    ];
    await expect(call({ params })).rejects.toThrow(TypeError);
    expect(started).toEqual(['later', 'at once', 'last']);
  });
});
