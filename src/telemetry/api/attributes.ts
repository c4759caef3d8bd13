/** Names of attributes; those that others have named before stand under their names. */
export const Attribute = {
  HttpMethod: 'http.request.method',
  HttpRoute: 'http.route',
  HttpStatus: 'http.response.status_code',
  ErrorType: 'error.type',
  Direction: 'network.io.direction',
  Protocol: 'network.protocol.name',
  /** The path as the gateway has it. */
  Path: 'nestwire.path',
  /** As the table of handlers has it. */
  Event: 'nestwire.event',
  /** How a connection ended; see `CloseClass`. */
  Status: 'nestwire.connection.status',
  Outcome: 'nestwire.outcome',
  Reason: 'nestwire.reason',
  Policy: 'nestwire.policy',
  Limit: 'nestwire.limit',
  Action: 'nestwire.action',
  Origin: 'nestwire.origin',
  Result: 'nestwire.result',
  State: 'nestwire.cluster.state',
  Rooms: 'nestwire.rooms',
  Receivers: 'nestwire.receivers',
} as const;
