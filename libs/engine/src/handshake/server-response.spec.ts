import { describe, expect, it } from '@jest/globals';
import { HandshakeError } from '../protocol/errors.js';
import {
  readHttp2Response,
  readServerResponse,
  type OfferedHandshake,
  type ResponseHead,
} from './client-handshake.js';

const key = 'dGhlIHNhbXBsZSBub25jZQ==';
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';
const DEFLATE = { name: 'permessage-deflate' };

type Change = Record<string, string | string[] | undefined>;

/** A response as Node parses it; an array is a header on several lines, which Node joins. */
function response(change: Change = {}, line: Partial<ResponseHead> = {}): ResponseHead {
  const rawHeaders: string[] = [];
  const headers: Record<string, string> = {};
  const good = { Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Accept': ACCEPT };
  for (const [name, value] of Object.entries<Change[string]>({ ...good, ...change })) {
    if (value === undefined) continue;
    const lines = Array.isArray(value) ? value : [value];
    for (const each of lines) rawHeaders.push(name, each);
    headers[name.toLowerCase()] = lines.join(', ');
  }
  return {
    statusCode: 101,
    httpVersionMajor: 1,
    httpVersionMinor: 1,
    headers,
    rawHeaders,
    ...line,
  };
}

const answer = (extensions: string | string[]): ResponseHead =>
  response({ 'Sec-WebSocket-Extensions': extensions });

function failure(head: ResponseHead, offered: Partial<OfferedHandshake> = {}): HandshakeError {
  const result = readServerResponse(head, { key, ...offered });
  expect(result).toBeInstanceOf(HandshakeError);
  return result as HandshakeError;
}

describe('readServerResponse', () => {
  it('takes the least a response needs', () => {
    expect(readServerResponse(response(), { key })).toEqual({ protocol: '', extensions: [] });
  });

  it('takes names in any case and white space around the accept value', () => {
    const head = response({
      Upgrade: 'WebSocket',
      Connection: 'keep-alive, UPGRADE',
      'Sec-WebSocket-Accept': ` ${ACCEPT}\t`,
    });
    expect(readServerResponse(head, { key })).toEqual({ protocol: '', extensions: [] });
  });

  it.each([200, 301, 401, 426, 503])('tells the status %d that is no 101', (statusCode) => {
    expect(failure(response({}, { statusCode }))).toMatchObject({
      message: `Unexpected server response: ${statusCode}`,
      code: 'WS_ERR_HANDSHAKE_STATUS',
      status: statusCode,
    });
  });

  it('has status 0 for a response without one', () => {
    expect(failure(response({}, { statusCode: undefined })).status).toBe(0);
  });

  it('fails on a 101 of HTTP/1.0', () => {
    expect(failure(response({}, { httpVersionMinor: 0 }))).toMatchObject({
      code: 'WS_ERR_HANDSHAKE_HTTP_VERSION',
      status: 101,
    });
  });

  it.each([[undefined], [''], ['h2c'], ['foo, websocket'], [['websocket', 'websocket']]])(
    'fails on the upgrade %j',
    (Upgrade) => {
      expect(failure(response({ Upgrade }))).toMatchObject({
        message: 'Invalid Upgrade header',
        code: 'WS_ERR_HANDSHAKE_UPGRADE',
      });
    },
  );

  it.each([undefined, '', 'close'])('fails on the connection %j', (Connection) => {
    expect(failure(response({ Connection })).code).toBe('WS_ERR_HANDSHAKE_CONNECTION');
  });

  it.each([
    [undefined],
    [''],
    [ACCEPT.toLowerCase()],
    [`x${ACCEPT}`],
    [`${ACCEPT}, ${ACCEPT}`],
    [[ACCEPT, ACCEPT]],
    ['CXYS6+NgJSBG74mdgLvGscRvpns='],
  ])('fails on the accept value %j', (accept) => {
    expect(failure(response({ 'Sec-WebSocket-Accept': accept }))).toMatchObject({
      message: 'Invalid Sec-WebSocket-Accept header',
      code: 'WS_ERR_HANDSHAKE_ACCEPT',
      status: 101,
    });
  });

  it('fails on a repeated accept header even where only one of them is in `headers`', () => {
    const rawHeaders = ['Sec-WebSocket-Accept', ACCEPT, 'sec-websocket-accept', ACCEPT];
    expect(failure(response({}, { rawHeaders })).code).toBe('WS_ERR_HANDSHAKE_ACCEPT');
  });

  describe('subprotocol', () => {
    const protocols = ['v2.chat', 'v1.chat'];

    it('is the one the server selects', () => {
      const head = response({ 'Sec-WebSocket-Protocol': 'v1.chat' });
      expect(readServerResponse(head, { key, protocols })).toMatchObject({ protocol: 'v1.chat' });
    });

    it('must be selected when some are offered, unless the caller says otherwise', () => {
      expect(failure(response(), { protocols }).message).toBe('Server sent no subprotocol');
      expect(readServerResponse(response(), { key, protocols, requireProtocol: false })).toEqual({
        protocol: '',
        extensions: [],
      });
    });

    it.each(['v1.chat', ''])('%j must not be sent when none is offered', (header) => {
      expect(failure(response({ 'Sec-WebSocket-Protocol': header }))).toMatchObject({
        message: 'Server sent a subprotocol but none was requested',
        code: 'WS_ERR_HANDSHAKE_PROTOCOL',
      });
    });

    it.each([['v3.chat'], [''], ['V1.chat'], ['v1.chat, v2.chat'], [['v1.chat', 'v1.chat']]])(
      '%j is not one of the offered',
      (header) => {
        const head = response({ 'Sec-WebSocket-Protocol': header });
        for (const requireProtocol of [true, false]) {
          expect(failure(head, { protocols, requireProtocol }).message).toBe(
            'Server sent an invalid subprotocol',
          );
        }
      },
    );

    it('must not be on two lines even where only one of them is in `headers`', () => {
      const good = response({ 'Sec-WebSocket-Protocol': 'v1.chat' });
      const rawHeaders = [...good.rawHeaders, 'sec-websocket-protocol', 'v2.chat'];
      expect(failure({ ...good, rawHeaders }, { protocols }).message).toBe(
        'Server sent an invalid subprotocol',
      );
    });
  });

  describe('extensions', () => {
    const extensions = [DEFLATE];

    it('are handed on with their parameters', () => {
      const head = answer('permessage-deflate; server_max_window_bits=10');
      expect(readServerResponse(head, { key, extensions })).toMatchObject({
        extensions: [{ name: 'permessage-deflate', params: [['server_max_window_bits', '10']] }],
      });
    });

    it('may be declined', () => {
      expect(readServerResponse(response(), { key, extensions })).toMatchObject({ extensions: [] });
    });

    it.each(['permessage-deflate', ''])('%j must not be sent when none is requested', (header) => {
      expect(failure(answer(header))).toMatchObject({
        message: 'Server sent a Sec-WebSocket-Extensions header but no extension was requested',
        code: 'WS_ERR_HANDSHAKE_EXTENSIONS',
      });
    });

    it.each([
      [''],
      ['permessage-deflate;'],
      ['permessage-deflate, permessage-deflate'],
      ['permessage-deflate; a; a'],
      ['permessage-deflate; a=1; a=2'],
      [['permessage-deflate', 'x-other']],
    ])('%j is refused', (header) => {
      const requested = [DEFLATE, { name: 'x-other' }];
      expect(failure(answer(header), { extensions: requested }).message).toBe(
        'Invalid Sec-WebSocket-Extensions header',
      );
    });

    it.each(['x-other', 'permessage-deflate, x-other', 'Permessage-Deflate'])(
      '%j holds one that was not requested',
      (header) => {
        expect(failure(answer(header), { extensions }).message).toBe(
          'Server indicated an extension that was not requested',
        );
      },
    );
  });
});

/** What is made of an answer of HTTP/2 with this status. */
const over2 = (status: number | undefined, change: Change = {}) =>
  readHttp2Response(
    response(
      { Upgrade: undefined, Connection: undefined, 'Sec-WebSocket-Accept': undefined, ...change },
      { statusCode: status },
    ),
    { protocols: ['one'], extensions: [DEFLATE] },
  );

describe('the answer of HTTP/2', () => {
  it('is 200, and selects as that of HTTP/1.1 does', () => {
    const selected = {
      'Sec-WebSocket-Protocol': 'one',
      'Sec-WebSocket-Extensions': 'permessage-deflate',
    };
    expect(over2(200, selected)).toMatchObject({ protocol: 'one', extensions: [DEFLATE] });
    expect(over2(200, { 'Sec-WebSocket-Protocol': 'two' })).toMatchObject({
      code: 'WS_ERR_HANDSHAKE_PROTOCOL',
    });
  });

  it.each([101, 204, 403, undefined])('is none with status %s', (status) => {
    expect(over2(status)).toMatchObject({ code: 'WS_ERR_HANDSHAKE_STATUS', status: status ?? 0 });
  });
});
