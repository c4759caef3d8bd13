import { hostname } from 'node:os';
import { flag, kind, oneOf, text } from '../options/option-kinds.js';
import type { OptionsFor } from '../options/option.js';
import { OptionTable } from '../options/option-table.js';

/** Characters of a secret; a shorter one is guessed. */
const MIN_SECRET_LENGTH = 16;

/** How the nodes of one application work together. They mean something with a broker only. */
export interface ClusterOptions {
  /** Of this node, for people; default the host's name and the process id. */
  name?: string | undefined;
  /**
   * What happens to a broadcast of another node that got lost on its way: `at-most-once` (default) tells
   * `hub.cluster` of the gap; `at-least-once` keeps broadcasts in a log at the broker for 2 minutes, and reads
   * there what is missing. No receiver ever gets one twice.
   */
  delivery?: 'at-most-once' | 'at-least-once' | undefined;
  /** Whether `hub.start()` fails without the broker; default false: this node is alone until it is there. */
  required?: boolean | undefined;
  /** Whether members of a room get the event `$gap` when they may have missed something; default false. */
  notifyGap?: boolean | undefined;
  /**
   * The same on all nodes, at least 16 characters: messages between them, histories and mail at the broker are
   * signed with it (HMAC-SHA256), and others are ignored. Default none: whoever may publish at the broker can speak as a node.
   */
  secret?: string | undefined;
}

const secret = kind(
  `a string of at least ${MIN_SECRET_LENGTH} characters`,
  (value): value is string => typeof value === 'string' && value.length >= MIN_SECRET_LENGTH,
);

export const CLUSTER_OPTIONS = new OptionTable({
  name: text(`${hostname()} ${process.pid}`),
  delivery: oneOf(['at-most-once', 'at-least-once'])('at-most-once'),
  required: flag(false),
  notifyGap: flag(false),
  secret: secret(undefined),
} satisfies OptionsFor<ClusterOptions>);
