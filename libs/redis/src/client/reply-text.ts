/** A reply that is one word or number, as text; '' for any other. */
export function replyText(reply: unknown): string {
  if (typeof reply === 'string') return reply;
  if (Buffer.isBuffer(reply)) return reply.toString();
  return typeof reply === 'number' || typeof reply === 'bigint' ? String(reply) : '';
}
