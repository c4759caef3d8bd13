import type { ConnectionRegistry } from '../../connection/connection-registry.js';
import { dropRule, type SendOptions } from '../../connection/send-options.js';
import { EncodedMessage } from '../../rooms/encoded-message.js';
import { ByteReader, MalformedBytes } from '../../support/byte-reader.js';
import { readParts } from '../../wire/encoded/encoded-part.js';
import type { KnownCodecs } from '../../wire/encoded/known-codecs.js';
import { readJsonBody } from './json-body.js';
import type { Queries } from './queries.js';
import { Question } from './question.js';
import { MAX_HEAD } from './remote-connection.js';
import { kCore } from '../../connection/connection-core.js';

const NOTHING = new Uint8Array();

/** Carries out what other nodes say about single connections of this one; see `RemoteConnection`. */
export function takeOrders(
  queries: Queries,
  registry: ConnectionRegistry,
  codecs: KnownCodecs,
): void {
  queries.answer(Question.Send, (body) => {
    const reader = new ByteReader(body);
    const { id, event, options } = readJsonBody(Buffer.from(reader.text(MAX_HEAD)));
    const connection = typeof id === 'string' ? registry.get(id) : undefined;
    if (connection === undefined) return NOTHING;
    if (typeof event !== 'string') throw new MalformedBytes('An event is expected');
    const parts = readParts(reader);
    const sending = readSendOptions(options);
    // The bytes are lent, and may wait in a queue.
    const own = parts.map((part) => ({ ...part, bytes: Uint8Array.from(part.bytes) }));
    const message = new EncodedMessage(event, own, codecs, {
      compress: sending.compress !== false,
    });
    const core = connection[kCore];
    core.sendPrepared(message.for(core.codec), event, dropRule(event, sending));
    return NOTHING;
  });
  queries.answer(Question.Close, (body) => {
    const { id, code, reason } = readJsonBody(body);
    const connection = typeof id === 'string' ? registry.get(id) : undefined;
    connection?.close(
      typeof code === 'number' ? code : undefined,
      typeof reason === 'string' ? reason : undefined,
    );
    return NOTHING;
  });
}

const POLICIES: ReadonlySet<unknown> = new Set([
  'close',
  'drop-new',
  'drop-old',
  'latest',
  'volatile',
]);

function readSendOptions(given: unknown): SendOptions {
  const { policy, key, volatile, compress }: Record<string, unknown> = Object(given);
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one of them
    ...(POLICIES.has(policy) && { policy: policy as SendOptions['policy'] }),
    ...(typeof key === 'string' && { key }),
    ...(volatile === true && { volatile: true }),
    ...(compress === false && { compress: false }),
  };
}
