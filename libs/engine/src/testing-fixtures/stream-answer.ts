import { IncomingMessage, type IncomingHttpHeaders } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { readOffer } from '../handshake/client-offer.js';
import { checkRefusal } from '../handshake/checked-refusal.js';
import type { HeaderField } from '../handshake/extra-headers.js';
import type { Opening } from '../opening/opening.js';
import type { Refusal } from '../handshake/refusal.js';
import { parseRequestTarget } from '../handshake/request-target.js';
import { HandshakeError } from '../protocol/errors.js';
import type { UpgradeAnswer } from '../opening/upgrade-answer.js';

/** What a stream was answered with: heads of HTTP/2 are not among its bytes. */
interface StreamHead {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

/** Answers a stream the way HTTP/2 does (RFC 8441 5): 200 for 101, and nothing of the hop (RFC 9113 8.2.2). */
export class StreamAnswer implements UpgradeAnswer {
  readonly heads: StreamHead[] = [];

  constructor(readonly socket: Duplex) {}

  accept(_opening: Opening, fields: readonly HeaderField[]): Duplex {
    this.heads.push({ status: 200, headers: fields.map(lowerCase), body: '' });
    return this.socket;
  }

  refuse(status: number, refusal: Refusal): void {
    const { fields, contentType, body } = checkRefusal(status, refusal);
    if (this.socket.destroyed) return;
    const headers = fields.map(lowerCase).filter(([name]) => name !== 'upgrade');
    headers.push(['content-type', contentType]);
    this.heads.push({ status, headers, body: String(body) });
    this.socket.end();
    this.socket.resume();
  }
}

/** An extended CONNECT as Node's HTTP/2 hands it out: no key, no Connection, no Upgrade. */
export function connectRequest(headers: IncomingHttpHeaders = {}): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  request.method = 'CONNECT';
  request.httpVersionMajor = 2;
  request.url = '/chat?room=1';
  Object.assign(request.headers, {
    ':protocol': 'websocket',
    ':scheme': 'https',
    ':authority': 'example.org',
    'sec-websocket-version': '13',
    ...headers,
  });
  return request;
}

/** Its facts, by the checks every version of HTTP shares. */
export function readConnect(request: IncomingMessage): Opening | HandshakeError {
  const target = parseRequestTarget(request.url);
  if (target === null) return new HandshakeError('Invalid target', 'WS_ERR_HANDSHAKE_TARGET', 400);
  const offer = readOffer(request);
  if (offer instanceof HandshakeError) return offer;
  const { headers } = request;
  return {
    ...offer,
    ...target,
    key: '',
    request,
    url: request.url!,
    headers,
    host: String(headers[':authority']),
    cookies: {},
    secure: headers[':scheme'] === 'https',
    peerAddress: '192.0.2.1',
  };
}

function lowerCase([name, value]: HeaderField): readonly [string, string] {
  return [name.toLowerCase(), value];
}
