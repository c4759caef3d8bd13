import { ParamKind } from './param-kind.js';
import { paramDecorator } from './param-metadata.js';

/** The event of the message as the client sent it; what a fallback `@OnMessage()` needs. */
export function EventName(): ParameterDecorator {
  return paramDecorator(ParamKind.EventName);
}
