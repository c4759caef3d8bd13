import { EXCEPTION_EVENT, EXPIRING_EVENT, JOIN_EVENT } from '#hub';
import { REAUTHENTICATE_EVENT } from '../../auth/session-events.js';
import type { GatewayRoute } from '../../routes/gateway-route.js';
import { exception, wireMessage } from '../messages/wire-messages.js';
import {
  ACK_DATA,
  EXPIRING_DATA,
  JOIN_DATA,
  JOINED_DATA,
  MAIL_PAGE,
  MAIL_QUERY,
  presenceData,
  RENEWED_DATA,
  ROOM_DATA,
  SHUTDOWN_DATA,
  TOKEN_DATA,
  UPLOAD_DATA,
} from '../messages/wire-schemas.js';
import { readUpload } from '../../declaration/params/upload.decorator.js';
import type { EnvelopeParts } from '../messages/envelope.js';
import type { ChannelWriter } from '../writer/channel-writer.js';
import type { Reference } from '../writer/document.js';
import { sendsMail } from './sent-operations.js';

/** What belongs to the wire itself, and to no gateway. */
const TAGS = { tags: [{ name: 'wire' }] };

/** Writes what a path speaks beside its own events, as far as its gateways make use of it. */
export function writeWire({ gateways }: GatewayRoute, channel: ChannelWriter): void {
  const wire = new WireWriter(channel);
  wire.ask('$ping', { id: 'always' }, { id: 'always' }, 'Whether the server is there.');
  wire.tell('$cancel', { id: 'always' }, 'Stops what answers the id.');
  wire.send('$shutdown', { data: SHUTDOWN_DATA }, 'The connection is about to be closed.');
  channel.sends(EXCEPTION_EVENT, {
    title: EXCEPTION_EVENT,
    ...TAGS,
    messages: [exception(channel, EXCEPTION_EVENT)],
  });
  if (gateways.some(({ canJoin }) => canJoin.length > 0)) writeRooms(wire, channel);
  if (gateways.some(({ verify }) => verify.length > 0)) writeSession(wire, gateways);
  if (sendsMail(gateways)) writeMail(wire);
  const hasUploads = gateways.some(({ type, messages }) =>
    messages.some(({ name }) => readUpload(type, name) !== undefined),
  );
  if (hasUploads) writeUploads(wire, channel);
}

function writeRooms(wire: WireWriter, channel: ChannelWriter): void {
  wire.ask(JOIN_EVENT, { data: JOIN_DATA }, { data: JOINED_DATA }, 'Enters a room.');
  wire.ask('$leave', { data: ROOM_DATA }, { data: ROOM_DATA }, 'Leaves a room.');
  wire.send(
    '$joined',
    { data: JOINED_DATA },
    'The client is in a room, and messages of it follow.',
  );
  const { schemas } = channel.document;
  wire.send('$presence', { data: presenceData(schemas) }, 'Who is in a room, or came and left.');
}

function writeSession(wire: WireWriter, gateways: GatewayRoute['gateways']): void {
  wire.send(EXPIRING_EVENT, { data: EXPIRING_DATA }, 'The session is about to end.');
  const isHandled = gateways.some(({ messages }) =>
    messages.some(({ key }) => key === REAUTHENTICATE_EVENT),
  );
  if (isHandled) return;
  wire.ask(
    REAUTHENTICATE_EVENT,
    { data: TOKEN_DATA },
    { data: RENEWED_DATA },
    'Goes on with another token, on the same connection.',
  );
}

function writeMail(wire: WireWriter): void {
  wire.ask('$ack', { data: ACK_DATA }, {}, 'Mail has been received.');
  wire.ask(
    '$mail',
    { data: MAIL_QUERY, isDataOptional: true },
    { data: MAIL_PAGE },
    'What mail waits.',
  );
}

function writeUploads(wire: WireWriter, channel: ChannelWriter): void {
  wire.send('$upload', { data: UPLOAD_DATA }, 'How much of an upload the client may send.');
  const chunk = channel.shareMessage('wire.chunk', () => ({
    name: 'chunk',
    title: 'A part of an upload',
    contentType: 'application/octet-stream',
    payload: {
      type: 'string',
      format: 'binary',
      description:
        '16 bytes of the token, 6 of the offset, then what is sent; nothing behind them is the end.',
    },
  }));
  channel.receives('wire.chunk', {
    title: 'A part of an upload',
    ...TAGS,
    summary: 'Bytes of an upload.',
    messages: [chunk],
  });
}

type Parts = Omit<EnvelopeParts, 'event'>;

class WireWriter {
  constructor(readonly channel: ChannelWriter) {}

  ask(event: string, asked: Parts, answered: Parts, summary: string): void {
    this.channel.receives(nameOf(event), {
      title: event,
      ...TAGS,
      summary,
      messages: [this.#message(event, { id: 'maybe', ...asked, event })],
      replies: [
        this.#message(`${event}.reply`, { id: 'maybe', ...answered, event }),
        exception(this.channel, event),
      ],
    });
  }

  tell(event: string, parts: Parts, summary: string): void {
    const messages = [this.#message(event, { ...parts, event })];
    this.channel.receives(nameOf(event), { title: event, ...TAGS, summary, messages });
  }

  send(event: string, parts: Parts, summary: string): void {
    const messages = [this.#message(event, { ...parts, event })];
    this.channel.sends(nameOf(event), { title: event, ...TAGS, summary, messages });
  }

  #message(name: string, parts: EnvelopeParts): Reference {
    return this.channel.shareMessage(nameOf(name), () => wireMessage(parts, this.channel));
  }
}

/** `$` stands in no name of a part of a document. */
function nameOf(event: string): string {
  return event.replace(/^\$/, 'wire.');
}
