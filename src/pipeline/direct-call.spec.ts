import { describe, expect, it } from '@jest/globals';
import {
  createParamDecorator,
  Param,
  ParseIntPipe,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  ValidationPipe,
  type CanActivate,
  type ExceptionFilter,
  type NestInterceptor,
  type PipeTransform,
} from '@nestjs/common';
import { ApplicationConfig, MetadataScanner } from '@nestjs/core';
import type { Connection, HandshakeSnapshot } from '#hub';
import { EventName } from '../declaration/params/event-name.decorator.js';
import { MessageBody } from '../declaration/params/message-body.decorator.js';
import { OnMessage } from '../declaration/on-message.decorator.js';
import { directCall } from './direct-call.js';
import { GlobalEnhancers } from './enhancers/global-enhancers.js';
import { GatewayDefinition, type ProviderWrapper } from '../declaration/gateway-definition.js';
import { MessageContext } from './message-context.js';
import type { MessageArguments } from './params-factory.js';

const guard: CanActivate = { canActivate: () => true };
const filter: ExceptionFilter = { catch: () => undefined };
const interceptor: NestInterceptor = { intercept: (_context, next) => next.handle() };
const pipe: PipeTransform = { transform: (value: unknown) => value };
const Custom = createParamDecorator(() => 1);

class Plain {
  prefix = '>';

  @OnMessage('none')
  none(): string {
    return this.prefix;
  }
  @OnMessage('one')
  one(@MessageBody('text') text: string): string {
    return this.prefix + text;
  }
  @OnMessage('two')
  two(connection: Connection, data: unknown): unknown[] {
    return [this.prefix, connection.id, data];
  }
  @OnMessage('three')
  three(
    @EventName() event: string,
    @Param('room') room: string,
    @MessageBody() b: unknown,
  ): unknown {
    return [event, room, b];
  }
  @OnMessage('gap')
  gap(_first: unknown, @MessageBody() body: unknown): unknown[] {
    return [_first, body];
  }
  @OnMessage('throws')
  throws(): never {
    throw new TypeError('at once');
  }

  @UseGuards(guard)
  @OnMessage('guarded')
  guarded(): void {}
  @UsePipes(pipe)
  @OnMessage('piped')
  piped(): void {}
  @UseFilters(filter)
  @OnMessage('filtered')
  filtered(): void {}
  @UseInterceptors(interceptor)
  @OnMessage('intercepted')
  intercepted(): void {}
  @OnMessage('paramPiped')
  paramPiped(@MessageBody('n', ParseIntPipe) _n: number): void {}
  @OnMessage('custom')
  custom(@Custom() _one: number): void {}
}

@UsePipes(new ValidationPipe())
class Base {}
class Inheriting extends Base {
  @OnMessage('a')
  a(): void {}
}

function define(type: new () => object): GatewayDefinition {
  const wrapper = { instance: new type() } as ProviderWrapper;
  const names = new MetadataScanner().getAllMethodNames(type.prototype as object);
  return new GatewayDefinition(wrapper, type, {}, names);
}

const ALL = {
  useGlobalGuards: true,
  useGlobalPipes: true,
  useGlobalInterceptors: true,
  useGlobalFilters: true,
};
const NO_GLOBALS = new GlobalEnhancers(new ApplicationConfig(), ALL);

const plain = define(Plain);
const handshake = { params: { room: 'den' } } as unknown as HandshakeSnapshot;
const connection = { id: 'c1', handshake } as Connection;

function call(name: string, data?: unknown): unknown {
  const direct = directCall(plain, name, NO_GLOBALS);
  const context = new MessageContext(connection, name, data);
  const args: MessageArguments = [connection, data, context, name];
  return direct?.(...args);
}

describe('directCall', () => {
  it('calls the method of the instance at once, with its parameters in place', () => {
    expect(call('none')).toBe('>');
    expect(call('one', { text: 'hi' })).toBe('>hi');
    expect(call('two', 5)).toEqual(['>', 'c1', 5]);
    expect(call('three', 5)).toEqual(['three', 'den', 5]);
    expect(call('gap', 5)).toEqual([undefined, 5]);
  });

  it('throws at once what the method throws', () => {
    expect(() => call('throws')).toThrow(new TypeError('at once'));
  });

  it.each(['guarded', 'piped', 'filtered', 'intercepted', 'paramPiped', 'custom'])(
    'is not there for a method that is %s',
    (name) => {
      expect(directCall(plain, name, NO_GLOBALS)).toBeUndefined();
    },
  );

  it('is not there for a class with enhancers, inherited ones too', () => {
    expect(directCall(define(Inheriting), 'a', NO_GLOBALS)).toBeUndefined();
  });

  it.each<[string, (config: ApplicationConfig) => void]>([
    ['guard', (config) => config.addGlobalGuard(guard)],
    ['interceptor', (config) => config.addGlobalInterceptor(interceptor)],
    ['pipe', (config) => config.addGlobalPipe(pipe)],
    ['filter', (config) => config.addGlobalFilter(filter)],
    ['request-scoped guard', (config) => config.addGlobalRequestGuard({} as never)],
    ['request-scoped interceptor', (config) => config.addGlobalRequestInterceptor({} as never)],
    ['request-scoped pipe', (config) => config.addGlobalRequestPipe({} as never)],
    ['request-scoped filter', (config) => config.addGlobalRequestFilter({} as never)],
  ])('is not there when the application has a global %s', (_name, add) => {
    const config = new ApplicationConfig();
    add(config);
    expect(directCall(plain, 'none', new GlobalEnhancers(config, ALL))).toBeUndefined();
  });

  it('minds global filters only where they apply', () => {
    const config = new ApplicationConfig();
    config.addGlobalFilter(filter);
    expect(
      directCall(plain, 'none', new GlobalEnhancers(config, { ...ALL, useGlobalFilters: false })),
    ).toBeDefined();
  });
});
