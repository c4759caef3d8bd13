import { describe, expect, it } from '@jest/globals';
import {
  BadRequestException,
  ConflictException,
  ForbiddenException,
  HttpException,
  InternalServerErrorException,
  NotFoundException,
  UnauthorizedException,
} from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import { WireError } from '#hub';
import { WsError } from '../../support/ws-error.js';
import { AnsweredError } from './answered-error.js';
import { formatError } from './error-formatter.js';

const UNKNOWN = {
  reply: { status: 'error', code: 'INTERNAL_ERROR', message: 'Internal server error' },
  expected: false,
};

describe('formatError', () => {
  it.each<[HttpException, string]>([
    [new BadRequestException(), 'BAD_REQUEST'],
    [new UnauthorizedException(), 'UNAUTHORIZED'],
    [new ForbiddenException(), 'FORBIDDEN'],
    [new NotFoundException(), 'NOT_FOUND'],
    [new ConflictException(), 'CONFLICT'],
    [new HttpException('slow down', 429), 'TOO_MANY_REQUESTS'],
    [new InternalServerErrorException(), 'INTERNAL_ERROR'],
    [new HttpException('odd', 499), 'HTTP_499'],
  ])('names %s after its status: %s', (exception, code) => {
    expect(formatError(exception)).toEqual({
      reply: { status: 'error', code, message: exception.message },
      expected: true,
    });
  });

  it('takes the message of the response and a list of sentences as details', () => {
    expect(formatError(new BadRequestException('no')).reply.message).toBe('no');
    expect(formatError(new BadRequestException(['a must be b'])).reply).toEqual({
      status: 'error',
      code: 'BAD_REQUEST',
      message: 'Bad Request',
      details: ['a must be b'],
    });
    expect(formatError(new HttpException('text', 400)).reply.message).toBe('text');
  });

  it('takes sentences by property as details', () => {
    const grouped = { message: { 'a.b': ['must be c'] }, error: 'Bad Request' };
    expect(formatError(new BadRequestException(grouped)).reply.details).toEqual({
      'a.b': ['must be c'],
    });
  });

  it('leaves the payload out of validation errors', () => {
    const error = {
      target: { pin: 'secret' },
      value: 'secret',
      property: 'pin',
      constraints: { isInt: 'pin must be an integer' },
      children: [{ target: {}, value: 'secret', property: 'x', children: [] }],
    };
    expect(formatError(new BadRequestException([error])).reply.details).toEqual([
      {
        property: 'pin',
        constraints: { isInt: 'pin must be an integer' },
        children: [{ property: 'x' }],
      },
    ]);
  });

  it('takes a code the exception brings itself', () => {
    const exception = Object.assign(new NotFoundException('gone'), { errorCode: 'E_ROOM' });
    expect(formatError(exception).reply.code).toBe('E_ROOM');
  });

  it('reads WsException and WsError, text or object', () => {
    expect(formatError(new WsException('plain')).reply).toEqual({
      status: 'error',
      code: 'ERROR',
      message: 'plain',
    });
    expect(formatError(new WsException({ code: 'A', message: 'b', c: 1 })).reply).toEqual({
      status: 'error',
      code: 'A',
      message: 'b',
      c: 1,
    });
    expect(formatError(new WsError('FULL', 'full', [1]))).toEqual({
      reply: { status: 'error', code: 'FULL', message: 'full', details: [1] },
      expected: true,
    });
    expect(new WsError('FULL', 'full').getError()).toEqual({ code: 'FULL', message: 'full' });
  });

  it("keeps the hub's own errors and what a filter answered", () => {
    const wire = formatError(new WireError('UNKNOWN_EVENT', 'no handler'));
    expect(wire).toEqual({
      reply: { status: 'error', code: 'UNKNOWN_EVENT', message: 'no handler' },
      expected: true,
    });
    const reply = { status: 'error' as const, code: 'X', message: 'y' };
    expect(formatError(new AnsweredError(reply)).reply).toBe(reply);
  });

  it.each([[new Error('secret')], ['secret'], [undefined], [null], [{ message: 'secret' }]])(
    'says nothing about anything else (%#)',
    (error) => {
      expect(formatError(error)).toEqual(UNKNOWN);
    },
  );
});
