// Results, errors and filters in our pipeline for static handlers, beside Nest's, which is the reference.
import { afterEach, describe } from '@jest/globals';
import {
  BadRequestException,
  ConflictException,
  ForbiddenException,
  NotFoundException,
  UseFilters,
  UseGuards,
  UsePipes,
} from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { concat, defer, EMPTY, of, throwError } from 'rxjs';
import { closeApps } from './support/app.js';
import {
  body,
  fail,
  failLater,
  filter,
  guard,
  handler,
  later,
  pipe,
  store,
} from './support/enhancers.js';
import { compareWithNest } from './support/levels.js';
import type { MethodCases } from './support/pipelines.js';

afterEach(closeApps);

const kept = [UseFilters(filter('kept', NotFoundException, () => ({ code: 'KEPT' })))];
const filtered = (answer: (exception: unknown) => unknown, error: unknown = new Error('x')) => ({
  around: [UseFilters(filter('f', undefined, answer))],
  handler: () => fail(error),
});
async function* numbers(error?: unknown): AsyncGenerator {
  yield store.getStore() ?? 1;
  yield await later(2);
  if (error !== undefined) fail(error);
}

const RESULTS: MethodCases = {
  value: { around: kept, data: { a: 1 }, params: body, handler },
  nothing: { around: kept, handler: () => null },
  promise: { around: kept, handler: () => later('later') },
  thenable: {
    around: kept,
    // oxlint-disable-next-line unicorn/no-thenable -- a handler may return one
    handler: () => ({ then: (resolve: (value: unknown) => void) => resolve('thenable') }),
  },
  self: {
    around: kept,
    handler(this: { name: string }) {
      return this.name;
    },
  },
  throwing: { around: kept, handler: () => fail(new NotFoundException('handler')) },
  throwingOther: { around: kept, handler: () => fail(new ForbiddenException('other')) },
  throwingUnknown: { around: kept, handler: () => fail(new Error('secret')) },
  throwingNoError: { around: kept, handler: () => fail('secret') },
  rejecting: { around: kept, handler: () => failLater(new NotFoundException('handler')) },
  observable: { around: kept, handler: () => of(1, 2), frames: 3 },
  promiseOfObservable: { around: kept, handler: () => later(of(1, 2)), frames: 3 },
  emptyObservable: { around: kept, handler: () => EMPTY },
  lateObservable: {
    around: kept,
    handler: () =>
      concat(
        of(1),
        throwError(() => new NotFoundException('late')),
      ),
    frames: 2,
  },
  generator: { around: kept, handler: () => numbers(), frames: 3 },
  promiseOfGenerator: { around: kept, handler: () => later(numbers()), frames: 3 },
  lateGenerator: { around: kept, handler: () => numbers(new NotFoundException('late')), frames: 3 },
  lateUnknown: { around: kept, handler: () => numbers(new Error('late')), frames: 3 },
  observableInContext: {
    around: [UseGuards(guard('entering', () => (store.enterWith('entered'), true)))],
    handler: () => defer(() => of(store.getStore())),
    frames: 2,
  },
  generatorInContext: {
    around: [UseGuards(guard('entering', () => (store.enterWith('entered'), true)))],
    handler: () => numbers(),
    frames: 3,
  },
  filterText: filtered(() => 'sorry'),
  filterMessage: filtered(() => ({ event: 'sorry', data: 1 })),
  filterNothing: filtered(() => undefined, new ConflictException('nothing')),
  filterLater: filtered(() => later({ code: 'LATER' })),
  filterObservable: filtered(() => of({ code: 'EARLY' }, { code: 'LAST' })),
  filterTranslating: filtered(() => fail(new ConflictException('translated'))),
  filterRethrowing: filtered((exception) => fail(exception), new ConflictException('again')),
  filterBreaking: filtered(() => fail(new TypeError('broken')), new ConflictException('kept')),
  filterRejecting: filtered(() => failLater(new TypeError('broken')), new ConflictException('k')),
  filterOfHttp: {
    around: [UseFilters(BaseExceptionFilter)],
    handler: () => fail(new ConflictException('http')),
  },
  firstFilter: {
    around: [
      UseFilters(
        filter('all', undefined, () => ({ code: 'ALL' })),
        filter('some', NotFoundException, () => ({ code: 'SOME' })),
      ),
    ],
    handler: () => fail(new NotFoundException()),
  },
  lateFilterMessage: {
    around: [UseFilters(filter('f', undefined, () => ({ event: 'sorry', data: 1 })))],
    handler: () => numbers(new Error('late')),
    frames: 4,
  },
  denied: {
    around: [
      ...kept,
      UseGuards(guard('no', () => false)),
      UseFilters(filter('f', ForbiddenException, () => 'denied')),
    ],
    handler,
  },
  notPiped: {
    around: [
      UsePipes(pipe('a', () => failLater(new BadRequestException('pipe')))),
      UseFilters(filter('f', BadRequestException, () => 'not piped')),
    ],
    params: body,
    handler,
  },
};

describe("results and errors become what they become in Nest's pipeline, with", () =>
  compareWithNest(RESULTS));
