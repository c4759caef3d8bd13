import { jest } from '@jest/globals';
import type { ReactNode } from 'react';
import type { Root } from 'react-dom/client';
import { connect, type Client, type ClientOptions } from 'nestwire/client';
import { fakeServer, type FakeServer } from 'nestwire/client/testing';
import { body } from './dom.js';
import type { Loaded } from './react-version.js';

export interface Board {
  calls: {
    move(data: { card: string }): string;
    clear(): void;
  };
  streams: { ticks(data: { from: number }): number };
  uploads: { picture(data: { card: string }): string };
  events: { said: string };
  presence: { name: string };
}

/** A page of React, a client and a server without a network. */
export class Stage {
  readonly server: FakeServer<Board> = fakeServer<Board>();
  /** What React complains about. */
  readonly complaints = jest.spyOn(console, 'error').mockImplementation(() => {});
  readonly #loaded: Loaded;
  readonly #clients: Client<Board>[] = [];
  readonly #roots: Root[] = [];
  readonly container = body.ownerDocument.createElement('div');

  constructor(loaded: Loaded) {
    this.#loaded = loaded;
    body.append(this.container);
  }

  get options(): ClientOptions {
    return { WebSocket: this.server.WebSocket, backoff: { first: 0 }, onError: () => {} };
  }

  /** A client that is there already. */
  async client(options: ClientOptions = {}): Promise<Client<Board>> {
    const client = connect<Board>('ws://test/board', { ...this.options, ...options });
    this.#clients.push(client);
    await client.opened();
    return client;
  }

  get text(): string {
    return this.container.textContent ?? '';
  }

  /** Shows it, and waits until it has come to rest. @param strict in StrictMode; default true */
  async show(element: ReactNode, strict = true): Promise<void> {
    const { react, dom } = this.#loaded;
    const { createElement, StrictMode } = react;
    await this.act(() => {
      this.#roots[0] ??= dom.createRoot(this.container);
      this.#roots[0].render(strict ? createElement(StrictMode, null, element) : element);
    });
  }

  /** Shows it where a server has rendered it already. */
  async hydrate(html: string, element: ReactNode): Promise<void> {
    this.container.innerHTML = html;
    await this.act(() => {
      this.#roots[0] = this.#loaded.dom.hydrateRoot(this.container, element);
    });
  }

  async act(run: () => unknown): Promise<void> {
    await this.#loaded.react.act(async () => {
      await run();
      await this.server.settled();
    });
  }

  /** Waits until the page says so. */
  async sees(text: string): Promise<void> {
    for (let turn = 0; turn < 1_000 && this.text !== text; turn += 1) {
      await this.act(() => new Promise((resolve) => setTimeout(resolve, 2)));
    }
    if (this.text !== text) throw new Error(`The page says ${this.text}, not ${text}`);
  }

  async close(): Promise<void> {
    await this.act(() => {
      for (const root of this.#roots.splice(0)) root.unmount();
    });
    for (const client of this.#clients) client.close();
    this.container.remove();
    this.complaints.mockRestore();
  }
}
