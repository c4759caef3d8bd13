import type { ClusterConnections, ClusterSelector } from '../../connection/cluster-connections.js';
import type { Answered, QueryOptions } from '../../connection/cluster-result.js';
import type { ConnectionRef } from '../../connection/connection-ref.js';
import type { ConnectionRegistry } from '../../connection/connection-registry.js';
import { MalformedBytes } from '../../support/byte-reader.js';
import { HubCloseCauses } from '../../wire/close-causes.js';
import { checkCloseFrame } from '../../wire/close-codes.js';
import { checkSelector, readSelector } from './cluster-selector.js';
import { gather, sum } from './gather.js';
import { countOf, jsonBody, readJsonBody } from './json-body.js';
import type { Queries } from './queries.js';
import { Question } from './question.js';
import { RemoteConnection, type RemoteWay } from './remote-connection.js';

const { Disconnected } = HubCloseCauses;

/** `registry.cluster`: asks all nodes for their connections, and answers for those of this one. */
export class ConnectionQueries implements ClusterConnections {
  readonly #queries: Queries;
  readonly #registry: ConnectionRegistry;
  readonly #way: RemoteWay;

  constructor(queries: Queries, registry: ConnectionRegistry, way: RemoteWay) {
    this.#queries = queries;
    this.#registry = registry;
    this.#way = way;
    queries.answer(Question.Find, (body) => {
      const { selector, all } = readJsonBody(body);
      const found = registry.findAll(readSelector(selector));
      const meant = all === true ? found : found.slice(0, 1);
      return jsonBody({ found: meant.map(({ id, userId }) => ({ id, userId })) });
    });
    queries.answer(Question.Count, (body) =>
      jsonBody({ count: registry.count(readSelector(readJsonBody(body)['selector'])) }),
    );
    queries.answer(Question.Disconnect, (body) => {
      const { selector, code, reason } = readJsonBody(body);
      if (typeof code !== 'number' || typeof reason !== 'string') {
        throw new MalformedBytes('A code and a reason are expected');
      }
      return jsonBody({ count: registry.disconnect(readSelector(selector), code, reason) });
    });
  }

  async find<Options extends QueryOptions = object>(
    selector: ClusterSelector,
    options?: Options,
  ): Promise<Answered<ConnectionRef | undefined, Options>> {
    return this.#find(selector, false, (found) => found[0], options);
  }

  async findAll<Options extends QueryOptions = object>(
    selector: ClusterSelector = {},
    options?: Options,
  ): Promise<Answered<ConnectionRef[], Options>> {
    return this.#find(selector, true, (found) => found, options);
  }

  async count<Options extends QueryOptions = object>(
    selector: ClusterSelector = {},
    options?: Options,
  ): Promise<Answered<number, Options>> {
    const meant = checkSelector(selector);
    return gather(
      this.#queries,
      {
        question: Question.Count,
        body: jsonBody({ selector: meant }),
        own: () => this.#registry.count(meant),
        read: countOf,
        merge: sum,
      },
      options,
    );
  }

  async disconnect<Options extends QueryOptions = object>(
    selector: ClusterSelector,
    code: number = Disconnected.code,
    reason: string = Disconnected.reason,
    options?: Options,
  ): Promise<Answered<number, Options>> {
    const meant = checkSelector(selector);
    checkCloseFrame('disconnect', code, reason);
    return gather(
      this.#queries,
      {
        question: Question.Disconnect,
        body: jsonBody({ selector: meant, code, reason }),
        own: () => this.#registry.disconnect(meant, code, reason),
        read: countOf,
        merge: sum,
      },
      options,
    );
  }

  async disconnectUser<Options extends QueryOptions = object>(
    userId: string,
    code?: number,
    reason?: string,
    options?: Options,
  ): Promise<Answered<number, Options>> {
    // Without it the selector would mean everybody.
    const user: unknown = userId;
    if (typeof user !== 'string') throw checkSelector({ user: user ?? null });
    return this.disconnect({ user }, code, reason, options);
  }

  #find<Value, Options extends QueryOptions>(
    selector: ClusterSelector,
    all: boolean,
    pick: (found: ConnectionRef[]) => Value,
    options: Options | undefined,
  ): Promise<Answered<Value, Options>> {
    const meant = checkSelector(selector);
    return gather(
      this.#queries,
      {
        question: Question.Find,
        body: jsonBody({ selector: meant, all }),
        own: (): ConnectionRef[] => this.#registry.findAll(meant),
        read: (body, node) => this.#read(body, node),
        merge: (parts) => pick(parts.flat()),
      },
      options,
    );
  }

  #read(body: Uint8Array, node: string): ConnectionRef[] {
    const { found } = readJsonBody(body);
    if (!Array.isArray(found)) throw new MalformedBytes('Connections are expected');
    return found.map((one: unknown) => {
      const { id, userId }: { id?: unknown; userId?: unknown } = Object(one);
      if (typeof id !== 'string' || !(userId === undefined || typeof userId === 'string')) {
        throw new MalformedBytes('A connection is expected');
      }
      return new RemoteConnection(this.#way, node, id, userId);
    });
  }
}
