import { AsyncLocalStorage } from 'node:async_hooks';
import {
  Catch,
  type ArgumentsHost,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type PipeTransform,
} from '@nestjs/common';
import { Connection, MessageBody } from 'nestwire';
import { Recorder } from './pipelines.js';

/** Where everything that is made here writes that it has run. */
export const recorder = new Recorder();
export const trace = recorder.lines;
export const store = new AsyncLocalStorage<string>();

/** All that a guard, decorator or filter can see of a message. */
export function seen(host: ArgumentsHost): string {
  const { getClass, getHandler } = host as Partial<ExecutionContext>;
  const args: unknown[] = host.getArgs();
  const [client, data, , event] = args;
  return [
    host.getType(),
    getClass?.call(host)?.name,
    getHandler?.call(host)?.name,
    args.length,
    client instanceof Connection,
    JSON.stringify(data),
    event,
    host.switchToWs().getPattern(),
  ].join(' ');
}

export function guard(name: string, answer: (context: ExecutionContext) => unknown): CanActivate {
  return {
    canActivate(context) {
      trace.push(`guard ${name}: ${seen(context)}`);
      return answer(context) as boolean;
    },
  };
}

export function pipe(
  name: string,
  change: (value: unknown) => unknown = (value) => value,
): PipeTransform {
  return {
    transform(value: unknown, metadata) {
      const { metatype, type, data } = metadata;
      const shown = value instanceof Connection ? 'connection' : JSON.stringify(value);
      const keys = Object.keys(metadata).sort();
      trace.push(`pipe ${name}: ${shown} ${metatype?.name} ${type} ${data} ${keys.join()}`);
      return change(value);
    },
  };
}

export function filter(name: string, type: unknown, answer: (exception: unknown) => unknown) {
  @Catch(...((type === undefined ? [] : [type]) as []))
  class CaseFilter implements ExceptionFilter {
    catch(exception: unknown, host: ArgumentsHost): unknown {
      trace.push(`filter ${name}: ${String(exception)} ${seen(host)}`);
      return answer(exception);
    }
  }
  return new CaseFilter();
}

export const handler = (...args: unknown[]): unknown => {
  trace.push(`handler: ${store.getStore() ?? 'no store'}`);
  return args.map((arg) => (arg instanceof Connection ? 'connection' : (arg ?? null)));
};
export const body = [MessageBody()];
export const fail = (error: unknown): never => {
  throw error;
};
export const later = async <Value>(value: Value, milliseconds = 1): Promise<Value> => {
  await recorder.wait(milliseconds);
  return value;
};
export const failLater = async (error: Error, milliseconds = 1): Promise<never> => {
  await recorder.wait(milliseconds);
  throw error;
};
