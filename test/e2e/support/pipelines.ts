import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import type { INestApplication } from '@nestjs/common';
import { ExternalContextCreator } from '@nestjs/core';
import { OnMessage, WsGateway } from 'nestwire';
import { Client, type Frame } from './client.js';
import { startApp, type AppOptions } from './app.js';

/** One message handler, written as a value so that there can be many. */
export interface MethodCase {
  /** `UseGuards()` and the like. */
  readonly around?: readonly MethodDecorator[];
  /** Decorators of the parameters, by position. */
  readonly params?: readonly (ParameterDecorator | undefined)[];
  /** What the compiler would emit as `design:paramtypes`. Default `Object` for each parameter. */
  readonly types?: readonly unknown[];
  readonly handler: (...args: never[]) => unknown;
  readonly data?: unknown;
  /** How many frames answer. Default 1. */
  readonly frames?: number;
}

export type MethodCases = Readonly<Record<string, MethodCase>>;

/** A gateway with a handler for each case, of the name and event of the case. */
export function gatewayOf(
  cases: MethodCases,
  around: readonly ClassDecorator[] = [],
): new () => object {
  class CaseGateway {
    readonly name = 'gateway';
  }
  const { prototype } = CaseGateway;
  for (const [name, { around: decorators = [], params = [], types, handler }] of Object.entries(
    cases,
  )) {
    const method = {
      [name](this: object, ...args: unknown[]): unknown {
        return Reflect.apply(handler, this, args);
      },
    }[name];
    const descriptor = { value: method, configurable: true, writable: true };
    Object.defineProperty(prototype, name, descriptor);
    const emitted = types ?? params.map(() => Object);
    Reflect.defineMetadata('design:paramtypes', emitted, prototype, name);
    params.forEach((decorate, index) => decorate?.(prototype, name, index));
    for (const decorate of [OnMessage(name), ...decorators]) decorate(prototype, name, descriptor);
  }
  for (const decorate of [...around, WsGateway('/')]) decorate(CaseGateway);
  return CaseGateway;
}

/** What guards, pipes, handlers and filters write to when they run. */
export class Recorder {
  readonly lines: string[] = [];
  private waiting = 0;

  /** A wait that `idle` waits for, too. */
  async wait(milliseconds: number): Promise<void> {
    this.waiting++;
    await sleep(milliseconds);
    this.waiting--;
  }

  /** Resolves when nothing waits any more: of several parameters others go on after one has failed. */
  async idle(): Promise<void> {
    while (this.waiting > 0) await turn();
  }
}

/** What became of one message, in all that can be seen of it. */
export interface Outcome {
  readonly frames: readonly Frame[];
  readonly trace: readonly string[];
  readonly logged: readonly string[];
}

/**
 * Runs every case in an application of its own.
 * @returns the outcomes by name, and how many of the messages got into Nest's own pipeline
 */
export async function runCases(
  cases: MethodCases,
  options: AppOptions,
  recorder: Recorder,
): Promise<{ outcomes: Record<string, Outcome>; nestCalls: number }> {
  let calls: (() => number) | undefined;
  const { url, log } = await startApp({
    ...options,
    configure(app) {
      options.configure?.(app);
      calls = countNestCalls(app);
    },
  });
  const client = await Client.connect(url);
  const outcomes: Record<string, Outcome> = {};
  for (const [name, { data, frames = 1 }] of Object.entries(cases)) {
    recorder.lines.length = 0;
    const logged = log.of('error').length;
    client.send(name, data, name);
    const answer = await client.take(frames);
    await recorder.idle();
    outcomes[name] = {
      frames: answer,
      trace: [...recorder.lines],
      logged: log.of('error').slice(logged),
    };
  }
  await client.close();
  return { outcomes, nestCalls: calls?.() ?? 0 };
}

interface PrivateParts {
  pipesConsumer: { apply(...args: unknown[]): unknown };
  interceptorsConsumer: { intercept(...args: unknown[]): unknown };
}

function privatePartsOf(app: INestApplication): PrivateParts {
  return app.get<PrivateParts>(ExternalContextCreator);
}

/** Makes every handler run in Nest's own pipeline, like a Nest that keeps one of its parts elsewhere. */
export function hidePrivatePart(app: INestApplication): void {
  const parts = privatePartsOf(app);
  const { pipesConsumer } = parts;
  parts.pipesConsumer = { apply: (...args) => pipesConsumer.apply(...args) };
}

/** @returns how many messages have passed the guards in Nest's own pipeline so far */
export function countNestCalls(app: INestApplication): () => number {
  let calls = 0;
  const { interceptorsConsumer } = privatePartsOf(app);
  const intercept = interceptorsConsumer.intercept.bind(interceptorsConsumer);
  interceptorsConsumer.intercept = (...args) => {
    calls++;
    return intercept(...args);
  };
  return () => calls;
}
