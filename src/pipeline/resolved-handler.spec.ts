import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createParamDecorator,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type CanActivate,
  type INestApplicationContext,
  type NestInterceptor,
  type PipeTransform,
} from '@nestjs/common';
import { ExternalContextCreator, NestFactory } from '@nestjs/core';
import { MessageBody } from '../declaration/params/message-body.decorator.js';
import { OnMessage } from '../declaration/on-message.decorator.js';
import { ROUTE_ARGS_METADATA } from '../support/nest-metadata.js';
import { messageParams } from './params-factory.js';
import { resolveHandler, type ResolvedHandler } from './resolved-handler.js';

const guards: CanActivate[] = [{ canActivate: () => true }, { canActivate: () => false }];
const [first, second, third] = ['a', 'b', 'c'].map((name): PipeTransform => ({
  transform: () => name,
}));
const interceptor: NestInterceptor = { intercept: (_context, next) => next.handle() };
const Custom = createParamDecorator((data: string) => data);

@UseGuards(guards[0]!)
@UsePipes(first!)
class Gateway {
  @UseGuards(guards[1]!)
  @UsePipes(second!)
  @OnMessage('guarded')
  guarded(@MessageBody('n', third!) n: number, @Custom('x') _x: unknown): number {
    return n;
  }
  @UseInterceptors(interceptor)
  @OnMessage('intercepted')
  intercepted(): void {}
}

let app: INestApplicationContext;
let creator: ExternalContextCreator;

beforeAll(async () => {
  app = await NestFactory.createApplicationContext({ module: Gateway }, { logger: false });
  creator = app.get(ExternalContextCreator);
});
afterAll(() => app.close());

type Call = (...args: unknown[]) => Promise<unknown>;

function resolve(
  name: 'guarded' | 'intercepted',
  from: ExternalContextCreator,
): { call: Call; handler: ResolvedHandler | undefined } {
  const instance = new Gateway();
  const callback = Gateway.prototype[name] as (...args: unknown[]) => unknown;
  return resolveHandler(from, instance, callback, (used) => {
    const all = { guards: true, filters: true, interceptors: true };
    const params = messageParams as never;
    const rest = [params, undefined, undefined, all, 'ws'] as const;
    return used.create(instance, callback, name, ROUTE_ARGS_METADATA, ...rest) as Call;
  });
}

/** The creator of a Nest whose part has these methods and no other. */
function having(part: string, methods: readonly string[]): ExternalContextCreator {
  const original: object = Reflect.get(creator, part);
  const kept: Record<string, Call> = {};
  for (const method of methods) {
    kept[method] = (...args) => (Reflect.get(original, method) as Call).apply(original, args);
  }
  return Object.assign(Object.create(creator) as ExternalContextCreator, { [part]: kept });
}

describe('resolveHandler', () => {
  it("gives what Nest has resolved: guards, parameters with all their pipes, Nest's contexts", () => {
    const { handler } = resolve('guarded', creator);
    expect(handler?.guards).toEqual(guards);
    const [custom, body] = [...handler!.params].sort((a, b) => b.index - a.index);
    expect(body?.pipes).toEqual([first, second, third]);
    expect(body?.metadata).toMatchObject({ metatype: Number, type: 'body', data: 'n' });
    expect(custom?.pipes).toEqual([first, second]);
    expect(custom?.metadata).toMatchObject({ metatype: Object, type: 'custom', data: 'x' });
    const context = handler!.contextOf([1, 2]);
    expect(context.getType()).toBe('ws');
    expect(context.getClass()).toBe(Gateway);
    expect(context.getHandler().name).toBe('guarded');
    expect(context.getArgs()).toEqual([1, 2]);
    const host = handler!.hostOf([3]);
    expect(host.constructor).toBe(context.constructor);
    expect(host.getType()).toBe('ws');
    expect(host.getArgs()).toEqual([3]);
  });

  it('gives no handler when there is an interceptor', () => {
    expect(resolve('intercepted', creator).handler).toBeUndefined();
  });

  it.each<[string, () => ExternalContextCreator]>([
    [
      'hides how it reads verdicts',
      () => having('guardsConsumer', ['tryActivate', 'createContext']),
    ],
    ['hides how it makes contexts', () => having('guardsConsumer', ['tryActivate', 'pickResult'])],
    ['hides how it names parameters', () => having('pipesConsumer', ['apply'])],
    [
      'does not ask itself for its parts',
      () =>
        Object.assign(Object.create(creator) as ExternalContextCreator, {
          create: creator.create.bind(creator),
        }),
    ],
  ])("gives only Nest's caller in a Nest that %s", async (_name, hidden) => {
    const { call, handler } = resolve('guarded', hidden());
    expect(handler).toBeUndefined();
    await expect(call(1, 2, 3, 4)).rejects.toThrow('Forbidden resource');
  });
});
