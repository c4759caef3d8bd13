import { Observable } from 'rxjs';
import type { MethodHost } from '../../declaration/overridden-method.js';
import { REPLIES, type SaidReply } from '../decorators/api-reply.decorator.js';
import { isVague } from '../schemas/property-schema.js';
import { oneOf, type JsonSchema } from '../schemas/json-schema.js';
import type { Schemas } from '../schemas/schemas.js';

/** What a handler answers. */
export interface HandlerReply {
  /** Of the value, or of the items of a stream; `undefined`: the answer is empty. */
  readonly schema: JsonSchema | undefined;
  readonly isStream: boolean;
  /** Whether it is bytes that go out as they are. */
  readonly isBytes: boolean;
  /** Whether nobody has said what it is. */
  readonly isOpen: boolean;
  readonly said: SaidReply | undefined;
}

/** Types that stand around what is answered, or say nothing of it. */
const WRAPPERS: ReadonlySet<unknown> = new Set([Promise, Observable, Object]);
const BYTES: ReadonlySet<unknown> = new Set([Buffer, Uint8Array]);

/** What `@ApiReply` says of a handler, else what TypeScript has written down. */
export function handlerReply(
  type: MethodHost,
  name: string,
  schemas: Schemas,
  place: string,
): HandlerReply {
  const { prototype } = type;
  const replies = REPLIES.ofMethod(type, name);
  const [said] = replies;
  const isKnown = Reflect.hasMetadata('design:returntype', prototype, name);
  const returned: unknown = Reflect.getMetadata('design:returntype', prototype, name);
  const isStream =
    replies.find(({ stream }) => stream !== undefined)?.stream ??
    (isGenerator(Reflect.get(prototype, name)) || returned === Observable);
  const types = said === undefined ? [returned] : replies.map((reply) => reply.type);
  if (types.every((one) => BYTES.has(one))) {
    return { schema: undefined, isStream, isBytes: true, isOpen: false, said };
  }
  const isNothing = types.every((one) => one === undefined) && (said !== undefined || isKnown);
  if (isNothing && !isStream) {
    return { schema: undefined, isStream, isBytes: false, isOpen: false, said };
  }
  const schema = oneOf(
    types
      .filter((one) => one !== undefined)
      .map((one) => schemas.of(WRAPPERS.has(one) ? undefined : one, place, 'output')),
  );
  return { schema, isStream, isBytes: false, isOpen: said === undefined && isVague(schema), said };
}

function isGenerator(method: unknown): boolean {
  return /^(Async)?GeneratorFunction$/.test(
    typeof method === 'function' ? method.constructor.name : '',
  );
}
