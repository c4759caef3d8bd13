import { expect, it } from '@jest/globals';
import {
  Catch,
  ConflictException,
  ForbiddenException,
  Injectable,
  UseFilters,
  UseGuards,
  UsePipes,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type PipeTransform,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import type { AppOptions } from './app.js';
import { filter, guard, later, pipe, recorder, seen, trace } from './enhancers.js';
import { gatewayOf, hidePrivatePart, runCases, type MethodCases } from './pipelines.js';

/** Enhancers of all levels around every case. */
const AROUND_CLASS: readonly ClassDecorator[] = [
  UseGuards(guard('class', () => true)),
  UsePipes(pipe('class')),
  UseFilters(filter('class', ConflictException, () => ({ code: 'CLASS' }))),
];

@Injectable()
export class AppGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    trace.push(`guard app: ${seen(context)}`);
    return true;
  }
}
@Injectable()
class AppPipe implements PipeTransform {
  transform(value: unknown): unknown {
    trace.push('pipe app');
    return value;
  }
}
@Catch(Error)
class AppFilter implements ExceptionFilter {
  catch(exception: Error): unknown {
    trace.push(`filter app: ${exception.message}`);
    return { code: 'APP' };
  }
}

const GLOBAL: AppOptions = {
  providers: [
    { provide: APP_GUARD, useClass: AppGuard },
    { provide: APP_PIPE, useClass: AppPipe },
    { provide: APP_FILTER, useClass: AppFilter },
  ],
  configure: (app) =>
    app
      .useGlobalGuards(guard('used', () => later(true)))
      .useGlobalPipes(pipe('used', later))
      .useGlobalFilters(filter('used', ForbiddenException, () => ({ code: 'USED' }))),
};

const LEVELS: [string, readonly ClassDecorator[], AppOptions][] = [
  ['the method', [], {}],
  ['the method and the class', AROUND_CLASS, {}],
  ['the method, the class and the application', AROUND_CLASS, GLOBAL],
  [
    'everything but filters of the application',
    AROUND_CLASS,
    { ...GLOBAL, options: { useGlobalFilters: false } },
  ],
];

/**
 * Runs every case in our pipeline and in Nest's, alone and with enhancers of its class and of the
 * application around it, and compares all that can be seen.
 */
export function compareWithNest(cases: MethodCases): void {
  it.each(LEVELS)('enhancers of %s', async (_name, around, options) => {
    const { providers = [] } = options;
    const run = (hide: boolean) =>
      runCases(
        cases,
        {
          ...options,
          providers: [...providers, gatewayOf(cases, around)],
          configure(app) {
            options.configure?.(app);
            if (hide) hidePrivatePart(app);
          },
        },
        recorder,
      );
    const ours = await run(false);
    const nest = await run(true);
    expect(ours.outcomes).toEqual(nest.outcomes);
    expect(ours.nestCalls).toBe(0);
    expect(nest.nestCalls).toBeGreaterThan(0);
  });
}
