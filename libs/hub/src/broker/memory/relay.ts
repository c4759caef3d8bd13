/** Told what is published to a topic it has subscribed. It must not throw. */
type Subscriber<Message> = (topic: string, message: Message) => void;

/** Hands what is published to a topic to whoever has subscribed it, in the same turn. */
export class Relay<Message> {
  readonly #subscribers = new Map<string, Set<Subscriber<Message>>>();
  readonly #topics = new Map<Subscriber<Message>, Set<string>>();

  /** Topics with a subscriber. */
  get size(): number {
    return this.#subscribers.size;
  }

  subscribe(subscriber: Subscriber<Message>, topic: string): void {
    entry(this.#subscribers, topic).add(subscriber);
    entry(this.#topics, subscriber).add(topic);
  }

  unsubscribe(subscriber: Subscriber<Message>, topic: string): void {
    remove(this.#subscribers, topic, subscriber);
    remove(this.#topics, subscriber, topic);
  }

  /** Unsubscribes all it has subscribed. */
  leave(subscriber: Subscriber<Message>): void {
    for (const topic of this.#topics.get(subscriber) ?? []) {
      remove(this.#subscribers, topic, subscriber);
    }
    this.#topics.delete(subscriber);
  }

  publish(topic: string, message: Message): void {
    for (const subscriber of this.#subscribers.get(topic) ?? []) subscriber(topic, message);
  }
}

function entry<Key, Value>(sets: Map<Key, Set<Value>>, key: Key): Set<Value> {
  const present = sets.get(key);
  if (present !== undefined) return present;
  const set = new Set<Value>();
  sets.set(key, set);
  return set;
}

function remove<Key, Value>(sets: Map<Key, Set<Value>>, key: Key, value: Value): void {
  const set = sets.get(key);
  set?.delete(value);
  if (set?.size === 0) sets.delete(key);
}
