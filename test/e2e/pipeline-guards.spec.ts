// Guards in our pipeline for static handlers, beside Nest's, which is the reference.
import { afterEach, describe } from '@jest/globals';
import { ConflictException, UseGuards, type ExecutionContext } from '@nestjs/common';
import { concat, EMPTY, of, throwError, timer } from 'rxjs';
import { closeApps } from './support/app.js';
import {
  body,
  fail,
  failLater,
  guard,
  handler,
  later,
  recorder,
  store,
} from './support/enhancers.js';
import { compareWithNest } from './support/levels.js';
import type { MethodCases } from './support/pipelines.js';

afterEach(closeApps);

const guarded = (...answers: ((context: ExecutionContext) => unknown)[]) => ({
  around: [UseGuards(...answers.map((answer, index) => guard(String(index), answer)))],
  params: body,
  data: 'data',
  handler,
});

const GUARDS: MethodCases = {
  yes: guarded(() => true),
  no: guarded(() => false),
  promiseOfYes: guarded(() => later(true)),
  promiseOfNo: guarded(() => later(false)),
  observableOfYes: guarded(() => of(false, true)),
  observableOfNo: guarded(() => of(true, false)),
  slowObservable: guarded(() => concat(timer(1), of(true))),
  emptyObservable: guarded(() => EMPTY),
  promiseOfObservable: guarded(() => later(of(false))),
  failingObservable: guarded(() => throwError(() => new ConflictException('observable'))),
  thenable: guarded(() => ({
    // oxlint-disable-next-line unicorn/no-thenable -- a guard may return one
    then: (resolve: (value: boolean) => void) => resolve(true),
  })),
  nothing: guarded(() => undefined),
  aNumber: guarded(() => 1),
  zero: guarded(() => later(0)),
  throwing: guarded(() => fail(new ConflictException('guard'))),
  throwingUnknown: guarded(() => fail(new Error('guard'))),
  rejecting: guarded(() => failLater(new ConflictException('guard'))),
  secondNo: guarded(
    () => true,
    () => false,
    () => true,
  ),
  firstLater: guarded(
    () => later(true),
    () => true,
    () => of(true),
  ),
  laterNo: guarded(
    () => later(true),
    () => false,
    () => true,
  ),
  laterThrowing: guarded(
    () => later(true),
    () => fail(new ConflictException('second')),
  ),
  changing: {
    ...guarded((context) => {
      context.getArgs<unknown[]>()[1] = 'changed';
      return true;
    }),
    handler: (data: unknown) => fail(new ConflictException(String(data))),
  },
  entering: guarded(() => {
    store.enterWith('entered');
    return true;
  }),
  enteringBeforeWaiting: guarded(
    () => {
      store.enterWith('entered early');
      return later(true);
    },
    () => true,
  ),
  enteringAfterWaiting: guarded(async () => {
    await recorder.wait(1);
    store.enterWith('entered late');
    return true;
  }),
  storeOfAnother: guarded(() => true),
};

describe("guards do what they do in Nest's pipeline, with", () => compareWithNest(GUARDS));
