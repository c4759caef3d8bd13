import { describe, expect, it } from '@jest/globals';
import { BadRequestException, ValidationPipe, type ValidationError } from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import { Type } from 'class-transformer';
import { IsInt, ValidateNested } from 'class-validator';
import { WireError } from '#hub';
import { WsError } from '../../support/ws-error.js';
import { formatError } from './error-formatter.js';
import { withoutPayload } from './quoted-payload.js';
import { runFilters } from './filter-runner.js';

class Inner {
  @IsInt()
  pin!: number;
}

class Outer {
  @ValidateNested()
  @Type(() => Inner)
  inner!: Inner;
}

type Factory = (errors: ValidationError[]) => unknown;

const SECRET = 'hunter2';
const PAYLOAD = { inner: { pin: SECRET, [SECRET]: 1 }, [SECRET]: 2 };

/** What a pipe throws that knows no key but `inner.pin`. */
async function thrownWith(exceptionFactory?: Factory, rest: object = {}): Promise<unknown> {
  const pipe = new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    ...(exceptionFactory === undefined ? {} : { exceptionFactory }),
    ...rest,
  });
  return pipe
    .transform(PAYLOAD, { type: 'body', metatype: Outer })
    .catch((error: unknown) => error);
}

const FACTORIES: [string, Factory][] = [
  ['WsException(errors)', (errors) => new WsException(errors)],
  ['WsException(one error)', ([error]) => new WsException(error ?? {})],
  ['WsException({ errors })', (errors) => new WsException({ code: 'X', errors })],
  ['WsException({ message: errors })', (errors) => new WsException({ message: errors })],
  ['WsException(text)', (errors) => new WsException(asText(errors))],
  [
    'a sentence of every error',
    (errors) => new WsException(errors.map((error) => sentences(error).join(', ')).join(';')),
  ],
  ['WsError(..., errors)', (errors) => new WsError('BAD', 'no', errors)],
  ['WsError(..., { fields })', (errors) => new WsError('BAD', 'no', { fields: { deep: errors } })],
  ['a Map of them', (errors) => new WsError('BAD', 'no', new Map([['errors', errors]]))],
  ['a Set of them', (errors) => new WsError('BAD', 'no', new Set(errors))],
  ['toJSON', (errors) => new WsError('BAD', 'no', { toJSON: () => errors })],
  ['WireError', (errors) => new WireError('BAD', 'no', { details: errors })],
  ['BadRequestException(errors)', (errors) => new BadRequestException(errors)],
  [
    'a message in a message',
    (errors) => new BadRequestException({ message: { message: { message: errors } } }),
  ],
  ['an exception in details', (errors) => new WsError('BAD', 'no', new WsException(errors))],
  [
    'copies of their fields',
    (errors) =>
      new WsException(
        errors.map(({ property, value, constraints }) => ({ property, value, constraints })),
      ),
  ],
];

/** With the `toString` of class-validator, which Nest's type does not name. */
function asText(errors: ValidationError[]): string {
  return Reflect.apply(Array.prototype.toString, errors, []);
}

function sentences(error: ValidationError): string[] {
  const own = Object.values(error.constraints ?? {});
  return [...own, ...(error.children ?? []).flatMap(sentences)];
}

/** All that a codec can write of it. */
function written(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part instanceof Map || part instanceof Set ? [...part] : part,
  );
}

describe('an error reply', () => {
  it.each(FACTORIES)('quotes no payload: %s', async (_name, factory) => {
    const { reply, expected } = formatError(await thrownWith(factory));
    expect(expected).toBe(true);
    expect(written(reply)).not.toContain(SECRET);
  });

  it.each([['list'], ['grouped']])(
    'leaves out the names of keys that the client has made up: errorFormat %s',
    async (errorFormat) => {
      const { reply } = formatError(await thrownWith(undefined, { errorFormat }));
      const text = written(reply);
      expect(text).not.toContain(SECRET);
      expect(text).toContain('property should not exist');
      expect(text).toContain('inner.pin');
    },
  );

  it('keeps the names and sentences of validation errors', async () => {
    const { reply } = formatError(
      await thrownWith((errors) => new WsException(errors), { forbidNonWhitelisted: false }),
    );
    const constraints = { isInt: 'pin must be an integer number' };
    const details = [{ property: 'inner', children: [{ property: 'pin', constraints }] }];
    expect(reply).toEqual({ status: 'error', code: 'ERROR', message: 'Ws Exception', details });
  });

  it('quotes no payload when a filter words it', async () => {
    const error = await thrownWith((errors) => new WsException({ errors }));
    const answers: Factory[] = [
      (errors) => ({ details: errors }),
      (errors) => ({ event: 'invalid', data: errors }),
      ([first]) => first,
    ];
    const { errors } = (error as WsException).getError() as { errors: ValidationError[] };
    for (const answer of answers) {
      const invokeCustomFilters = (): unknown => answer(errors);
      const sent = await runFilters({ invokeCustomFilters }, error, {} as never).catch(
        (failure: unknown) => formatError(failure).reply,
      );
      expect(written(sent)).not.toContain(SECRET);
    }
  });
});

describe('withoutPayload', () => {
  it('gives back what has nothing to leave out', () => {
    const date = new Date();
    const details = { at: date, list: [1, { property: 'name' }], bytes: Buffer.from('x'), n: null };
    expect(withoutPayload(details)).toBe(details);
    const map = new Map([['a', [1]]]);
    expect(withoutPayload(map)).toBe(map);
    expect(withoutPayload('The property of others should not exist')).toBe(
      'The property of others should not exist',
    );
  });

  it('ends with cycles, getters that throw and broken proxies', () => {
    const cycle: Record<string, unknown> = { name: 'x', target: SECRET, property: 'p' };
    cycle['children'] = [cycle];
    expect(written(withoutPayload([cycle]))).not.toContain(SECRET);
    const angry = {
      kept: 1,
      get errors(): never {
        throw new Error(SECRET);
      },
    };
    expect(withoutPayload(angry)).toEqual({ kept: 1 });
    const refuse = (): never => {
      throw new Error(SECRET);
    };
    const proxy = new Proxy({}, { ownKeys: refuse, has: refuse, get: refuse });
    expect(withoutPayload({ proxy })).toEqual({ proxy: undefined });
  });

  it('is done soon with what is huge or deep, and sends nothing it has not seen', () => {
    const error = { property: 'p', value: SECRET, constraints: { isInt: 'must be' } };
    const many = Array.from({ length: 300_000 }, () => ({ ...error }));
    const clean = withoutPayload(many);
    expect(clean).toHaveLength(1_000);
    let deep: unknown = error;
    for (let level = 0; level < 5_000; level++) deep = { deep };
    expect(written(withoutPayload(deep))).not.toContain(SECRET);
    const name = `${'property '.repeat(20_000)}${SECRET}`;
    const started = performance.now();
    expect(withoutPayload(`property ${name} should not exist`)).toBe('property should not exist');
    withoutPayload(', property'.repeat(50_000));
    withoutPayload('\n'.repeat(200_000));
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
