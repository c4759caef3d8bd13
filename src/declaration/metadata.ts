/** What all the keys of our decorators begin with. */
export const OWN_METADATA = 'nestwire:';

/** Where our decorators keep what they were told. */
export const GATEWAY_METADATA = 'nestwire:gateway';
export const MESSAGE_METADATA = 'nestwire:message';
export const BINARY_METADATA = 'nestwire:binary';
export const VERIFY_METADATA = 'nestwire:verify';
export const PROTOCOL_METADATA = 'nestwire:protocol';
export const CAN_JOIN_METADATA = 'nestwire:can-join';
export const RATE_METADATA = 'nestwire:rate';
export const HOOK_METADATA = 'nestwire:hook:';

/** What keys begin with under which a method is described for its readers: nothing is done by it. */
export const DESCRIPTION_METADATA = 'nestwire:api:';

/** The decorators of methods, by what they write. */
export const DECORATORS: ReadonlyMap<unknown, string> = new Map([
  [MESSAGE_METADATA, '@OnMessage'],
  [BINARY_METADATA, '@OnBinary'],
  [VERIFY_METADATA, '@VerifyClient'],
  [PROTOCOL_METADATA, '@Protocol'],
  [CAN_JOIN_METADATA, '@CanJoin'],
  [RATE_METADATA, '@RateLimit'],
  ...['Connect', 'Disconnect', 'Error', 'Ping', 'Pong', 'Drain'].map(
    (name) => [`${HOOK_METADATA}${name.toLowerCase()}`, `@On${name}`] as const,
  ),
]);

/**
 * What the name of the method begins with that `@VerifyClient(...guards)` adds to the prototype of its
 * class. The guards are bound to it, so Nest's scanner finds and instantiates them like those of any other
 * method. The place of the class in its chain follows: no class hides the guards of the one it extends.
 */
export const GUARDED_HANDSHAKE = 'nestwireGuardedHandshake';
