import { ParamKind } from './param-kind.js';
import { paramDecorator, type PipeArgument } from './param-metadata.js';

/**
 * The `data` of the message, or one property of it. Pipes run on what is picked, after the global,
 * class and method ones. Compatible with the decorator of the same name of `@nestjs/websockets`.
 *
 * @example
 * say(@MessageBody() dto: SayDto, @MessageBody('text', TrimPipe) text: string)
 */
export function MessageBody(...pipes: PipeArgument[]): ParameterDecorator;
export function MessageBody(property: string, ...pipes: PipeArgument[]): ParameterDecorator;
export function MessageBody(...args: (string | PipeArgument)[]): ParameterDecorator {
  const [first, ...rest] = args;
  const property = typeof first === 'string' ? first : undefined;
  const pipes = (property === undefined ? args : rest).filter(
    (argument): argument is PipeArgument => typeof argument !== 'string' && Boolean(argument),
  );
  return paramDecorator(ParamKind.Body, property, pipes);
}
