import type TS from 'typescript';
import type { Project } from '../compiler/project.js';
import type { Answer } from './handler-source.js';
import { awaited, partsOf, streamItem } from './stream-items.js';

/** What a method answers that returns this, as the server would treat it. */
export function answerOf(project: Project, returned: TS.Type, node: TS.Node): Answer {
  const { ts, problems } = project;
  const parts = partsOf(awaited(project, returned));
  const items = parts.flatMap((part) => streamItem(project, part) ?? []);
  if (items.length === 0) {
    return { isStream: false, types: [...whole(project, parts, returned)] };
  }
  // Instead of a stream there may be none.
  const nothing = ts.TypeFlags.Undefined | ts.TypeFlags.Void;
  const values = parts.filter(
    (part) => (part.flags & nothing) === 0 && streamItem(project, part) === undefined,
  );
  if (values.length > 0) {
    problems.add(
      node,
      `Cannot write the contract: the method returns a stream or a value (${project.checker.typeToString(returned)}), expected always a stream or never`,
    );
  }
  return { isStream: true, types: items.flatMap((item) => dataOf(project, item)) };
}

function whole(project: Project, parts: readonly TS.Type[], returned: TS.Type): TS.Type[] {
  const isChosen = parts.some((part) => eventReply(project, part) !== undefined);
  // As one type it may have a name.
  return isChosen ? parts.flatMap((part) => dataOf(project, part)) : [awaited(project, returned)];
}

function dataOf(project: Project, type: TS.Type): TS.Type[] {
  return partsOf(type).length > 1 &&
    !partsOf(type).some((part) => eventReply(project, part) !== undefined)
    ? [type]
    : partsOf(type).map((part) => eventReply(project, part) ?? part);
}

/**
 * The data of what Nest calls a `WsResponse`: an object of `event` and `data` and nothing else is an answer
 * under that event, and to the client that asked the data is the answer.
 */
function eventReply({ ts, checker }: Project, type: TS.Type): TS.Type | undefined {
  if ((type.flags & ts.TypeFlags.Object) === 0) return undefined;
  const [event, data] = ['event', 'data'].map((name) => checker.getPropertyOfType(type, name));
  if (event === undefined || data === undefined) return undefined;
  if (checker.getPropertiesOfType(type).length !== 2) return undefined;
  const isText = (checker.getTypeOfSymbol(event).flags & ts.TypeFlags.StringLike) !== 0;
  return isText ? checker.getTypeOfSymbol(data) : undefined;
}
