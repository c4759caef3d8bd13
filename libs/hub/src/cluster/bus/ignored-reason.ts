/**
 * Why what came from the broker is not used:
 *
 * - `foreign`: not a message of a hub at all
 * - `version`: of a version this node does not speak
 * - `critical`: it has a flag without which it cannot be understood, and which is unknown here
 * - `kind`: of a kind nobody listens to here
 * - `own`: sent by this node
 * - `malformed`: not what it claims to be, or on a channel it does not belong to
 * - `too-large`: past a limit
 * - `unauthenticated`: not signed with the secret, or signed where no secret is set
 * - `stranger`: of a node that has not said so far who it is
 * - `nodes`: of more nodes than there may be
 */
export const IGNORED_REASONS = [
  'foreign',
  'version',
  'critical',
  'kind',
  'own',
  'malformed',
  'too-large',
  'unauthenticated',
  'stranger',
  'nodes',
] as const;

export type IgnoredReason = (typeof IGNORED_REASONS)[number];
