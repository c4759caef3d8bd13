import type { WebSocketConnection } from '../connection/connection.js';

/** Connections in an array, as users of this API expect them, that is quick to take one out of. */
export class ConnectionList {
  readonly items: WebSocketConnection[] = [];
  private readonly places = new Map<WebSocketConnection, number>();

  add(connection: WebSocketConnection): void {
    this.places.set(connection, this.items.length);
    this.items.push(connection);
  }

  /** The last one takes the place of the one that goes: shifting would cost a walk for each close. */
  remove(connection: WebSocketConnection): void {
    const place = this.places.get(connection);
    if (place === undefined) return;
    this.places.delete(connection);
    const last = this.items.pop();
    if (last === undefined || last === connection) return;
    this.items[place] = last;
    this.places.set(last, place);
  }
}
