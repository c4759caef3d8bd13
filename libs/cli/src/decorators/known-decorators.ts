/** The decorators that a contract depends on, by the package that declares them. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  nestwire: ['WsGateway', 'OnMessage', 'MessageBody', 'Protocol', 'Upload'],
  '@nestjs/common': ['Body'],
  '@nestjs/microservices': ['Payload'],
  '@nestjs/websockets': ['MessageBody', 'WebSocketGateway'],
  'class-transformer': ['Exclude', 'Expose'],
};

export function isKnown(name: string, from: string | undefined): boolean {
  return from !== undefined && Object.hasOwn(KNOWN, from) && KNOWN[from]?.includes(name) === true;
}
