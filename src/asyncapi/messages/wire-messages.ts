import type { ChannelWriter } from '../writer/channel-writer.js';
import { CORRELATION } from '../writer/document-writer.js';
import type { MessageObject, Reference } from '../writer/document.js';
import { envelope, type EnvelopeParts } from './envelope.js';
import { errorSchema } from './wire-schemas.js';

/** What is said of a message beside its form. */
export type MessageWords = Pick<
  MessageObject,
  'summary' | 'description' | 'deprecated' | 'examples' | 'contentType'
>;

/** A message of the wire. @param title for readers; default the event */
export function wireMessage(
  parts: EnvelopeParts,
  { document }: ChannelWriter,
  words: MessageWords & { readonly title?: string } = {},
): MessageObject {
  const { title, ...others } = words;
  const name = typeof parts.event === 'string' ? parts.event : '*';
  const isAnswered = parts.id !== undefined && parts.id !== 'never';
  return {
    name,
    title: title ?? name,
    ...others,
    ...(isAnswered && { correlationId: CORRELATION }),
    payload: envelope(parts, document.schemas),
  };
}

/** The message under which every error comes. @param own codes of the application for one operation */
export function exception(
  channel: ChannelWriter,
  operation: string,
  own: readonly string[] = [],
): Reference {
  const { schemas } = channel.document;
  const make = (): MessageObject => {
    const data = own.length > 0 ? errorSchema(own) : schemas.share('wire.Exception', errorSchema);
    return wireMessage({ event: 'exception', data, id: 'maybe' }, channel, {
      summary: 'What was asked for cannot be done; the connection stays open.',
    });
  };
  if (own.length === 0) return channel.shareMessage('exception', make);
  return channel.addMessage(`${operation}.exception`, make());
}
