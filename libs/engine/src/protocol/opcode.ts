/** Frame opcodes (RFC 6455 5.2). Values 0x3-0x7 and 0xB-0xF are reserved and refused. */
export const Opcode = {
  Continuation: 0x0,
  Text: 0x1,
  Binary: 0x2,
  Close: 0x8,
  Ping: 0x9,
  Pong: 0xa,
} as const;

export type Opcode = (typeof Opcode)[keyof typeof Opcode];

/** Control frames are the opcodes with the fourth bit set (RFC 6455 5.5). */
export function isControl(opcode: number): boolean {
  return (opcode & 0x8) !== 0;
}
