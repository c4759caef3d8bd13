import { parseExtensions } from '#engine';

type Value = string | number | true;
/** The parameters of one offer, each with one value or several. */
export type ExtensionParameters = Record<string, Value | readonly Value[]>;

/** The header Sec-WebSocket-Extensions (RFC 6455 9.1), in the shape that `ws` reads it in. */
export const extension = {
  /**
   * Writes it.
   * @param extensions by name, each with its offers
   */
  format(
    extensions: Readonly<Record<string, ExtensionParameters | readonly ExtensionParameters[]>>,
  ): string {
    return Object.entries(extensions)
      .flatMap(([name, offers]) => [offers].flat().map((offer) => formatOffer(name, offer)))
      .join(', ');
  },

  /**
   * Reads it.
   * @returns offers by the name of their extension; each parameter has the list of its values
   * @throws {SyntaxError} for what is no such header
   */
  parse(header: string): Record<string, Record<string, (string | true)[]>[]> {
    const elements = parseExtensions(header);
    if (elements === null) throw new SyntaxError('Invalid Sec-WebSocket-Extensions header');
    // Without prototypes: "__proto__" is a token.
    const offers = withoutPrototype<Record<string, (string | true)[]>[]>();
    for (const { name, params } of elements) {
      const offer = withoutPrototype<(string | true)[]>();
      for (const [param, value] of params) (offer[param] ??= []).push(value);
      (offers[name] ??= []).push(offer);
    }
    return offers;
  },
};

function formatOffer(name: string, offer: ExtensionParameters): string {
  const params = Object.entries(offer).flatMap(([param, values]) =>
    [values].flat().map((value) => (value === true ? param : `${param}=${value as Value}`)),
  );
  return [name, ...params].join('; ');
}

function withoutPrototype<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>;
}
