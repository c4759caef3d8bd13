import type { WebSocketClass } from 'nestwire/client';

/** The same class of sockets; what goes over them is written down. */
export function recorded(Base: WebSocketClass, lines: unknown[]): WebSocketClass {
  const write = (arrow: string, message: unknown): void => {
    if (typeof message !== 'string') throw new TypeError('Texts alone are written down');
    lines.push({ [arrow]: JSON.parse(message) as unknown });
  };
  return new Proxy(Base, {
    construct(_target, [url, protocols]: [string, string[]]) {
      lines.push({ open: protocols });
      return new Proxy(new Base(url, protocols), {
        get(socket, name) {
          const value: unknown = Reflect.get(socket, name, socket);
          if (typeof value !== 'function') return value;
          return (...given: unknown[]): unknown => {
            if (name === 'send') write('->', given[0]);
            return Reflect.apply(value, socket, given);
          };
        },
        set(socket, name, value: (event: { data: unknown; code: number }) => void) {
          const told = (event: { data: unknown; code: number }): void => {
            if (name === 'onmessage') write('<-', event.data);
            if (name === 'onclose') lines.push({ close: event.code });
            value(event);
          };
          return Reflect.set(socket, name, typeof value === 'function' ? told : value, socket);
        },
      });
    },
  });
}
