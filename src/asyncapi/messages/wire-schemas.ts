import { ErrorCode, type Position } from '#hub';
import { objectSchema, type JsonSchema } from '../schemas/json-schema.js';
import type { Schemas } from '../schemas/schemas.js';

const STRING: JsonSchema = { type: 'string' };
const COUNT: JsonSchema = { type: 'integer', minimum: 0 };
const MILLISECONDS: JsonSchema = { type: 'number', description: 'Milliseconds.' };

/** All of these have to be there. */
function record(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return partly(properties, Object.keys(properties));
}

function partly(
  properties: Readonly<Record<string, JsonSchema>>,
  required: readonly string[],
): JsonSchema {
  return objectSchema({ properties: new Map(Object.entries(properties)), required });
}

/** The place of a message in the history of a room. */
export function positionSchema(schemas: Schemas): JsonSchema {
  const fields: Record<keyof Position, JsonSchema> = {
    room: STRING,
    epoch: STRING,
    offset: COUNT,
  };
  return schemas.share('wire.Position', () => ({
    title: 'Position',
    description: 'The place of a message in the history of a room.',
    ...record(fields),
  }));
}

/** Data of an exception. @param own codes of the application */
export function errorSchema(own: readonly string[] = []): JsonSchema {
  const known = [...new Set([...own, ...Object.values(ErrorCode)])].toSorted();
  return {
    title: 'Exception',
    ...partly(
      {
        status: { type: 'string', const: 'error' },
        code: {
          type: 'string',
          description: `For programs, and stable. ${own.length > 0 ? `Of this operation: ${own.join(', ')}. ` : ''}An exception of Nest has the name of its status.`,
          examples: known,
        },
        message: { type: 'string', description: 'For people.' },
        details: { description: 'What some codes come with, such as what is wrong with the data.' },
      },
      ['status', 'code', 'message'],
    ),
  };
}

export const JOIN_DATA = partly({ room: STRING, epoch: STRING, offset: COUNT }, ['room']);
export const ROOM_DATA = record({ room: STRING });
export const JOINED_DATA = partly(
  { room: STRING, epoch: STRING, offset: COUNT, count: COUNT, recovered: { type: 'boolean' } },
  ['room', 'epoch', 'offset', 'count'],
);

export function presenceData(schemas: Schemas): JsonSchema {
  const person = schemas.share('wire.Person', () => ({
    title: 'Person',
    ...partly({ key: STRING, meta: {}, connections: { type: 'integer', minimum: 1 } }, [
      'key',
      'connections',
    ]),
  }));
  const people: JsonSchema = { type: 'array', items: person };
  return partly({ room: STRING, people, joined: people, left: { type: 'array', items: STRING } }, [
    'room',
  ]);
}

export const SHUTDOWN_DATA = record({
  code: { type: 'integer' },
  reason: STRING,
  reconnect: record({ after: MILLISECONDS, within: MILLISECONDS }),
});

const EXPIRES_AT: JsonSchema = {
  type: 'number',
  description: 'Milliseconds since the epoch.',
};
export const EXPIRING_DATA = record({ expiresAt: EXPIRES_AT });
export const RENEWED_DATA = record({
  expiresAt: { anyOf: [EXPIRES_AT, { type: 'null' }] },
});
export const TOKEN_DATA = record({ token: { type: 'string', maxLength: 8_192 } });

const MAIL_NUMBER: JsonSchema = { type: 'integer', minimum: 1 };
export const MAIL_FIELD = MAIL_NUMBER;
export const ACK_DATA = record({
  mail: { anyOf: [MAIL_NUMBER, { type: 'array', items: MAIL_NUMBER }] },
});
export const MAIL_QUERY = partly({ event: STRING, after: COUNT, most: COUNT }, []);
export const MAIL_PAGE = partly(
  {
    box: STRING,
    mail: {
      type: 'array',
      items: partly({ event: STRING, data: {}, mail: MAIL_NUMBER }, ['event', 'mail']),
    },
    more: { type: 'boolean' },
  },
  ['mail', 'more'],
);

export const UPLOAD_FIELD = partly({ size: COUNT }, []);
export const UPLOAD_DATA = record({
  id: {},
  upload: { type: 'string', description: 'The token of the upload: 32 hexadecimal digits.' },
  received: COUNT,
  until: COUNT,
  chunk: COUNT,
});
