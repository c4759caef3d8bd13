import { MAX_EVENT_LENGTH } from '#hub';
import type { GatewayDefinition, HandlingMethod } from '../../declaration/gateway-definition.js';
import { BINARY_EVENT } from '../../declaration/on-binary.decorator.js';
import { readUpload } from '../../declaration/params/upload.decorator.js';
import { OPERATIONS, type ApiOperationOptions } from '../decorators/api-operation.decorator.js';
import { handlerData } from '../messages/handler-data.js';
import { handlerReply, type HandlerReply } from '../messages/handler-reply.js';
import { exception, wireMessage, type MessageWords } from '../messages/wire-messages.js';
import { examplesOf, merged, withData, wordsOf } from '../messages/words.js';
import { UPLOAD_FIELD } from '../messages/wire-schemas.js';
import { isAnything, type JsonSchema } from '../schemas/json-schema.js';
import type { ChannelWriter } from '../writer/channel-writer.js';
import type { OperationObject, Reference } from '../writer/document.js';

/** What bytes are to readers. */
const BYTES: JsonSchema = { type: 'string', format: 'binary' };
const OCTETS = 'application/octet-stream';

/** Writes what a gateway takes, and what it answers. */
export function writeHandlers(gateway: GatewayDefinition, channel: ChannelWriter): void {
  for (const method of gateway.messages) writeMessage(gateway, method, channel);
  for (const method of gateway.binaries) writeBinary(gateway, method, channel);
}

function writeMessage(
  gateway: GatewayDefinition,
  method: HandlingMethod<string>,
  channel: ChannelWriter,
): void {
  const { type } = gateway;
  const { key, name } = method;
  const place = `${gateway.name}.${name}`;
  const { schemas, gaps } = channel.document;
  schemas.knowModels(Reflect.get(type.prototype, name));
  const operation = key ?? 'any';
  const said = operationOf(gateway, name);
  const data = handlerData(type, name, schemas, `${place}.data`);
  if (data.schema !== undefined && isAnything(data.schema)) {
    gaps.add({ place, what: 'what it takes', expected: 'a class as the type of @MessageBody()' });
  }
  const upload = readUpload(type, name);
  const message = wireMessage(
    {
      event: key ?? {
        type: 'string',
        minLength: 1,
        maxLength: MAX_EVENT_LENGTH,
        not: { pattern: '^\\$' },
      },
      data: data.schema,
      isDataOptional: data.isOptional,
      id: upload === undefined ? 'maybe' : 'always',
      fields: [
        ['key', { type: 'string', minLength: 1, maxLength: 128 }, 'maybe'],
        ['upload', UPLOAD_FIELD, upload === undefined ? 'never' : 'always'],
      ],
    },
    channel,
    { ...wordsOf(said), ...(key === undefined && { title: 'Any other event' }) },
  );
  const examples = examplesOf(said.examples, (payload) => withData(key ?? 'event', payload));
  channel.receives(nameOf(operation, method.protocols), {
    title: key ?? 'Any other event',
    ...operationWords(said, method.protocols, upload),
    messages: [channel.addMessage(operation, { ...message, ...examples })],
    replies: [
      ...writeReplies(gateway, method, channel, operation, key ?? message.payload),
      exception(channel, operation, said.errors),
    ],
  });
}

function writeBinary(
  gateway: GatewayDefinition,
  method: HandlingMethod<number>,
  channel: ChannelWriter,
): void {
  const { key, name } = method;
  const kind = key === undefined ? '' : `.0x${key.toString(16).padStart(2, '0')}`;
  const operation = `${BINARY_EVENT}${kind}`;
  const said = operationOf(gateway, name);
  const about =
    key === undefined
      ? 'A binary message.'
      : `A binary message whose first byte is ${key}; what is behind it is the handler's.`;
  channel.receives(nameOf(operation, method.protocols), {
    title: operation,
    ...operationWords(said, method.protocols, undefined),
    messages: [
      channel.addMessage(operation, {
        name: operation,
        title: operation,
        ...wordsOf(said),
        contentType: OCTETS,
        payload: { ...BYTES, description: about },
      }),
    ],
    replies: [
      ...writeReplies(gateway, method, channel, operation, BINARY_EVENT),
      exception(channel, operation, said.errors),
    ],
  });
}

function writeReplies(
  gateway: GatewayDefinition,
  { name }: HandlingMethod<unknown>,
  channel: ChannelWriter,
  operation: string,
  event: string | JsonSchema,
): Reference[] {
  const place = `${gateway.name}.${name}`;
  const { schemas, gaps } = channel.document;
  const reply = handlerReply(gateway.type, name, schemas, `${place}.reply`);
  if (reply.isOpen) gaps.add({ place, what: 'what it answers', expected: '@ApiReply(Class)' });
  const words = reply.said === undefined ? {} : wordsOf(reply.said);
  if (reply.isBytes && operation.startsWith(BINARY_EVENT)) {
    const bytes = { name: BINARY_EVENT, title: 'Bytes', ...words, contentType: OCTETS };
    return [channel.addMessage(`${operation}.reply`, { ...bytes, payload: BYTES })];
  }
  const answered = typeof event === 'string' ? event : { type: 'string' };
  const title = typeof event === 'string' ? event : 'Any other event';
  return reply.isStream
    ? streamed(reply, channel, operation, answered, { ...words, title })
    : [answer(reply, channel, operation, answered, { ...words, title })];
}

function answer(
  reply: HandlerReply,
  channel: ChannelWriter,
  operation: string,
  event: string | JsonSchema,
  words: MessageWords & { readonly title: string },
): Reference {
  const message = wireMessage({ event, data: reply.schema, id: 'maybe' }, channel, {
    summary: 'The answer.',
    ...words,
  });
  const examples = examplesOf(reply.said?.examples, (data) => withData(words.title, data));
  return channel.addMessage(`${operation}.reply`, { ...message, ...examples });
}

function streamed(
  reply: HandlerReply,
  channel: ChannelWriter,
  operation: string,
  event: string | JsonSchema,
  words: MessageWords & { readonly title: string },
): Reference[] {
  const { title } = words;
  const item = wireMessage(
    { event, data: reply.schema ?? {}, isDataOptional: false, id: 'maybe' },
    channel,
    { summary: 'An item of the answer, of any number.', ...words },
  );
  const end = wireMessage(
    { event, id: 'maybe', fields: [['complete', { type: 'boolean', const: true }, 'always']] },
    channel,
    { title, summary: 'The end of the answer.' },
  );
  const examples = examplesOf(reply.said?.examples, (data) => withData(title, data));
  return [
    channel.addMessage(`${operation}.item`, { ...item, ...examples }),
    channel.addMessage(`${operation}.end`, end),
  ];
}

function operationOf({ type }: GatewayDefinition, name: string): ApiOperationOptions {
  return merged(OPERATIONS.ofMethod(type, name));
}

function operationWords(
  { summary, description, tags }: ApiOperationOptions,
  protocols: readonly string[],
  upload: ReturnType<typeof readUpload>,
): Pick<OperationObject, 'summary' | 'description' | 'tags'> {
  const { maxSize } = upload ?? {};
  const notes = [
    description,
    protocols.length > 0 &&
      `Only on connections that agreed on ${protocols.map((one) => `\`${one}\``).join(' or ')}.`,
    upload !== undefined &&
      `Bytes come with it${maxSize === undefined ? '' : `, at most ${maxSize}`}.`,
  ].filter((note) => typeof note === 'string');
  return {
    ...(summary !== undefined && { summary }),
    ...(notes.length > 0 && { description: notes.join('\n\n') }),
    ...(tags !== undefined && { tags: [...new Set(tags)].map((tag) => ({ name: tag })) }),
  };
}

function nameOf(operation: string, protocols: readonly string[]): string {
  return protocols.length === 0 ? operation : `${operation}.${protocols.join('.')}`;
}
