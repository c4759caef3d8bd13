// Pipes and parameters in our pipeline for static handlers, beside Nest's, which is the reference.
import { afterEach, describe } from '@jest/globals';
import {
  ConflictException,
  createParamDecorator,
  Param,
  ParseIntPipe,
  UsePipes,
  ValidationPipe,
  type ExecutionContext,
} from '@nestjs/common';
import { IsInt, Min } from 'class-validator';
import { ConnectedSocket, EventName, MessageBody } from 'nestwire';
import { closeApps } from './support/app.js';
import { body, fail, failLater, handler, later, pipe, seen, trace } from './support/enhancers.js';
import { compareWithNest } from './support/levels.js';
import type { MethodCases } from './support/pipelines.js';

afterEach(closeApps);

class CountDto {
  @IsInt()
  @Min(1)
  count!: number;
}

const Described = createParamDecorator((data: unknown, context: ExecutionContext) => {
  trace.push(`decorator ${String(data)}: ${seen(context)}`);
  return data;
});
const Computed = createParamDecorator((compute: () => unknown) => compute());

const PIPES: MethodCases = {
  sync: { around: [UsePipes(pipe('a'), pipe('b'))], params: body, data: 1, handler },
  changed: {
    around: [
      UsePipes(
        pipe('a', () => 'b'),
        pipe('b'),
      ),
    ],
    params: body,
    handler,
  },
  async: {
    around: [UsePipes(pipe('a', later), pipe('b'), pipe('c', later))],
    params: body,
    data: 1,
    handler,
  },
  thenable: {
    around: [
      UsePipes(
        // oxlint-disable-next-line unicorn/no-thenable -- a pipe may return one
        pipe('a', (value) => ({ then: (resolve: (value: unknown) => void) => resolve(value) })),
      ),
    ],
    params: body,
    data: 1,
    handler,
  },
  throwing: {
    around: [
      UsePipes(
        pipe('a', () => fail(new ConflictException('pipe'))),
        pipe('b'),
      ),
    ],
    params: body,
    handler,
  },
  rejecting: {
    around: [
      UsePipes(
        pipe('a', () => failLater(new ConflictException('pipe'))),
        pipe('b'),
      ),
    ],
    params: body,
    handler,
  },
  ofParameter: {
    around: [UsePipes(pipe('method'))],
    params: [MessageBody('n', ParseIntPipe, pipe('parameter'))],
    data: { n: '7' },
    handler,
  },
  ofParameterFailing: { params: [MessageBody('n', ParseIntPipe)], data: { n: 'x' }, handler },
  typed: {
    around: [UsePipes(pipe('a'))],
    params: [MessageBody('count')],
    types: [Number],
    data: { count: 1 },
    handler,
  },
  valid: {
    around: [UsePipes(new ValidationPipe({ transform: true }))],
    params: body,
    types: [CountDto],
    data: { count: 1 },
    handler: (dto: unknown) => [dto instanceof CountDto, dto],
  },
  invalid: {
    around: [UsePipes(new ValidationPipe())],
    params: body,
    types: [CountDto],
    data: { count: 0 },
    handler,
  },
  undecorated: { around: [UsePipes(pipe('a'))], data: 1, handler },
  undecoratedLater: { around: [UsePipes(pipe('a', later))], data: 1, handler },
  gap: { around: [UsePipes(pipe('a'))], params: [undefined, MessageBody()], data: 1, handler },
  several: {
    around: [UsePipes(pipe('a'))],
    params: [MessageBody('x'), EventName(), ConnectedSocket(), Param('none'), Described('d')],
    data: { x: 1 },
    handler,
  },
  severalLater: {
    around: [UsePipes(pipe('a', later))],
    params: [MessageBody('x'), EventName(), Described('d')],
    data: { x: 1 },
    handler,
  },
  firstToFail: {
    params: [
      MessageBody(pipe('slow', () => failLater(new ConflictException('slow'), 20))),
      MessageBody(pipe('fast', () => failLater(new ConflictException('fast')))),
    ],
    handler,
  },
  failingAtOnceAndLater: {
    params: [
      MessageBody(pipe('at once', () => fail(new ConflictException('at once')))),
      MessageBody(pipe('later', () => failLater(new ConflictException('later')))),
      MessageBody(pipe('last')),
    ],
    handler,
  },
  failingLaterAndAtOnce: {
    params: [
      MessageBody(pipe('later', () => failLater(new ConflictException('later')))),
      MessageBody(pipe('at once', () => fail(new ConflictException('at once')))),
    ],
    handler,
  },
  decorated: { params: [Described('one'), Described('two')], data: 1, handler },
  decoratedLater: { params: [Computed(() => later('later'))], handler },
  decoratedLaterWithPipes: {
    params: [Computed(() => later('later'), pipe('a'), pipe('b', later))],
    handler,
  },
  decoratedThrowing: { params: [Computed(() => fail(new ConflictException('factory')))], handler },
  decoratedRejecting: {
    params: [
      Computed(() => failLater(new ConflictException('factory'), 20), pipe('never')),
      Described('x'),
    ],
    handler,
  },
  validatedDecorator: {
    around: [UsePipes(new ValidationPipe({ validateCustomDecorators: true }))],
    params: [Computed(() => ({ count: 0 }))],
    types: [CountDto],
    handler,
  },
};

describe("parameters get what they get in Nest's pipeline, with", () => compareWithNest(PIPES));
