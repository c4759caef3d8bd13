import { isAnything, objectSchema, type JsonSchema } from '../schemas/json-schema.js';
import type { Schemas } from '../schemas/schemas.js';

/** How far a field is a part of a message. */
type Presence = 'never' | 'maybe' | 'always';

/** What stands in a message of the wire beside its event. */
export interface EnvelopeParts {
  readonly event: string | JsonSchema;
  /** `undefined`: it has no data. */
  readonly data?: JsonSchema | undefined;
  /** Whether the data may be left out; default when nothing is said of it. */
  readonly isDataOptional?: boolean;
  /** Of a message that asks for an answer, or is one. */
  readonly id?: Presence;
  /** Whether the id is one of the server. */
  readonly isQuestion?: boolean;
  readonly fields?: readonly (readonly [name: string, schema: JsonSchema, presence: Presence])[];
}

/** The schema of a whole message, as docs/wire.md describes it. */
export function envelope(parts: EnvelopeParts, schemas: Schemas): JsonSchema {
  const { event, data, id = 'never', isQuestion = false, fields = [] } = parts;
  const properties = new Map<string, JsonSchema>();
  const required: string[] = [];
  const add = (name: string, schema: JsonSchema, presence: Presence): void => {
    if (presence === 'never') return;
    properties.set(name, schema);
    if (presence === 'always') required.push(name);
  };
  add('event', typeof event === 'string' ? { type: 'string', const: event } : event, 'always');
  if (data !== undefined) {
    const { isDataOptional = isAnything(data) } = parts;
    add('data', data, isDataOptional ? 'maybe' : 'always');
  }
  add('id', isQuestion ? questionId(schemas) : clientId(schemas), id);
  for (const [name, schema, presence] of fields) add(name, schema, presence);
  return objectSchema({ properties, required });
}

function clientId(schemas: Schemas): JsonSchema {
  return schemas.share('wire.Id', () => ({
    title: 'Id',
    description:
      'Chosen by the client, once for each message that waits for an answer; the answer has the same.',
    anyOf: [{ type: 'number' }, { type: 'string', minLength: 1, maxLength: 128 }],
  }));
}

function questionId(schemas: Schemas): JsonSchema {
  return schemas.share('wire.QuestionId', () => ({
    title: 'Question id',
    description: 'Chosen by the server; the answer of the client has the same.',
    type: 'string',
    pattern: '^\\$',
  }));
}
