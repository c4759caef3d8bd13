import type { GatewayDefinition } from '../../declaration/gateway-definition.js';
import { ASKED, type SaidQuestion } from '../decorators/api-asks.decorator.js';
import { EMITTED, type SaidEvent } from '../decorators/api-emits.decorator.js';
import type { Descriptions } from '../decorators/descriptions.js';
import { MAIL_FIELD, positionSchema } from '../messages/wire-schemas.js';
import { wireMessage } from '../messages/wire-messages.js';
import { oneOf, type JsonSchema } from '../schemas/json-schema.js';
import type { ChannelWriter } from '../writer/channel-writer.js';
import { examplesOf, merged, withData, wordsOf } from '../messages/words.js';

/** Writes what the gateways of a path send by themselves, and what they ask. */
export function writeSent(gateways: readonly GatewayDefinition[], channel: ChannelWriter): void {
  for (const said of byEvent(gateways, EMITTED)) writeEvent(said, channel);
  for (const [question] of byEvent(gateways, ASKED)) writeQuestion(question, channel);
}

/** Whether mail is among what they send. */
export function sendsMail(gateways: readonly GatewayDefinition[]): boolean {
  return byEvent(gateways, EMITTED).some((said) => said.some(({ mail }) => mail === true));
}

/** What is said of the same event in several places counts together. */
function byEvent<Said extends { readonly event: string }>(
  gateways: readonly GatewayDefinition[],
  descriptions: Descriptions<Said>,
): [Said, ...Said[]][] {
  const found = new Map<string, [Said, ...Said[]]>();
  for (const { type, methodNames } of gateways) {
    const all = [
      ...descriptions.ofClass(type),
      ...methodNames.flatMap((name) => descriptions.ofMethod(type, name)),
    ];
    for (const said of all) {
      const others = found.get(said.event);
      if (others === undefined) found.set(said.event, [said]);
      else others.push(said);
    }
  }
  return [...found.values()];
}

function writeEvent(said: readonly [SaidEvent, ...SaidEvent[]], channel: ChannelWriter): void {
  const [{ event }] = said;
  const { schemas } = channel.document;
  const types = said.filter(({ type }) => type !== undefined);
  const data = oneOf(types.map(({ type }) => schemas.of(type, `${event}.data`, 'output')));
  const rooms = [...new Set(said.flatMap(({ room }) => room ?? []))];
  const words = wordsOf(merged(said));
  const message = wireMessage(
    {
      event,
      data: types.length === 0 ? undefined : data,
      isDataOptional: types.length < said.length,
      fields: [
        ['at', positionSchema(schemas), presenceOf(said, 'history')],
        ['mail', MAIL_FIELD, presenceOf(said, 'mail')],
      ],
    },
    channel,
    words,
  );
  const examples = examplesOf(
    said.flatMap((one) => one.examples ?? []),
    (one) => withData(event, one),
  );
  channel.sends(event, {
    title: event,
    ...(words.summary !== undefined && { summary: words.summary }),
    ...(rooms.length > 0 && { description: `To the room ${rooms.join(', ')}.` }),
    messages: [channel.addMessage(event, { ...message, ...examples })],
  });
}

function presenceOf(
  said: readonly SaidEvent[],
  field: 'history' | 'mail',
): 'never' | 'maybe' | 'always' {
  const count = said.filter((one) => one[field] === true).length;
  if (count === 0) return 'never';
  // Mail that nobody has to acknowledge has no number.
  return count === said.length && field === 'history' ? 'always' : 'maybe';
}

function writeQuestion(said: SaidQuestion, channel: ChannelWriter): void {
  const { event, data, answer } = said;
  const { schemas } = channel.document;
  const schemaOf = (type: unknown, part: string): JsonSchema | undefined =>
    type === undefined
      ? undefined
      : schemas.of(type, `${event}.${part}`, part === 'data' ? 'output' : 'input');
  const question = wireMessage(
    { event, data: schemaOf(data, 'data'), id: 'always', isQuestion: true },
    channel,
    wordsOf(said),
  );
  const examples = examplesOf(said.examples, (one) => withData(event, one));
  const replied = wireMessage(
    { event: '$reply', data: schemaOf(answer, 'answer'), id: 'always', isQuestion: true },
    channel,
    { summary: `The answer to ${event}.` },
  );
  channel.sends(event, {
    title: event,
    ...(said.summary !== undefined && { summary: said.summary }),
    messages: [channel.addMessage(event, { ...question, ...examples })],
    replies: [
      channel.addMessage(`${event}.answer`, replied),
      channel.shareMessage('refusal', () =>
        wireMessage({ event: '$error', data: {}, id: 'always', isQuestion: true }, channel, {
          summary: 'The client will not answer.',
        }),
      ),
    ],
  });
}
