import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Catch,
  Inject,
  Injectable,
  Scope,
  UseFilters,
  type ArgumentsHost,
  type CanActivate,
  type ExceptionFilter,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { OnMessage, WsError, WsGateway } from 'nestwire';
import { concat, of, throwError, type Observable } from 'rxjs';
import { closeApps, startApp } from './support/app.js';
import { Client } from './support/client.js';

afterEach(closeApps);

describe('an error of a stream in a scope of its own', () => {
  const made: string[] = [];

  @Injectable({ scope: Scope.REQUEST })
  class Unit {
    constructor() {
      made.push('unit');
    }
  }

  @Injectable({ scope: Scope.REQUEST })
  class ScopedGuard implements CanActivate {
    constructor() {
      made.push('guard');
    }

    canActivate(): boolean {
      return true;
    }
  }

  @Catch(RangeError)
  @Injectable({ scope: Scope.REQUEST })
  class RangeFilter implements ExceptionFilter {
    constructor(@Inject(Unit) private readonly unit: Unit) {}

    catch(error: RangeError, _host: ArgumentsHost): never {
      throw new WsError('RANGE', `${error.message} ${this.unit instanceof Unit}`);
    }
  }

  @WsGateway('/scoped')
  class ScopedGateway {
    constructor(@Inject(Unit) private readonly unit: Unit) {
      made.push('gateway');
    }

    @UseFilters(RangeFilter)
    @OnMessage('generator')
    async *generator(): AsyncGenerator<boolean> {
      yield await Promise.resolve(this.unit instanceof Unit);
      throw new RangeError('too far');
    }

    @UseFilters(RangeFilter)
    @OnMessage('observable')
    observable(): Observable<number> {
      return concat(
        of(1),
        throwError(() => new RangeError('too far')),
      );
    }
  }

  it.each(['generator', 'observable'])('makes nothing a second time: %s', async (event) => {
    const { url } = await startApp({
      providers: [Unit, ScopedGateway, { provide: APP_GUARD, useClass: ScopedGuard }],
    });
    const client = await Client.connect(`${url}/scoped`);
    for (const id of [1, 2]) {
      made.length = 0;
      client.send(event, null, id);
      await client.next();
      expect(await client.next()).toMatchObject({
        event: 'exception',
        id,
        data: { code: 'RANGE', message: 'too far true' },
      });
      expect(made.toSorted()).toEqual(['gateway', 'guard', 'unit']);
    }
  });
});
