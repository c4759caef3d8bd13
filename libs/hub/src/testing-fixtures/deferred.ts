export interface Deferred<Value = void> {
  promise: Promise<Value>;
  resolve: (value: Value) => void;
  reject: (error: unknown) => void;
}

/** A promise that is settled from outside. */
export function deferred<Value = void>(): Deferred<Value> {
  const handle: Partial<Deferred<Value>> = {};
  handle.promise = new Promise<Value>((resolve, reject) => {
    handle.resolve = resolve;
    handle.reject = reject;
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a Promise calls its executor at once
  return handle as Deferred<Value>;
}
