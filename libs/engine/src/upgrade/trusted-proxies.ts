import { BlockList, isIP } from 'node:net';
import { inspect } from 'node:util';
import { UsageError } from '../protocol/errors.js';

/** The proxies whose word on a client is believed, by their addresses. */
export class TrustedProxies {
  readonly #trusted = new BlockList();

  /**
   * @param networks addresses and networks (`10.0.0.0/8`, `2001:db8::/32`, `127.0.0.1`); default none
   * @throws {UsageError} for what is neither
   */
  constructor(networks?: readonly string[] | null) {
    const list: unknown = networks ?? [];
    if (!Array.isArray(list)) {
      throw new UsageError(
        `Cannot trust proxies: a list of addresses and networks is expected, current value is ${inspect(list)}`,
      );
    }
    for (const network of list) this.#trust(String(network));
  }

  /** Whether an address is that of a trusted proxy; an IPv4 address may be written as one of IPv6. */
  trusts(ip: string): boolean {
    const version = isIP(ip);
    return version !== 0 && this.#trusted.check(ip, version === 4 ? 'ipv4' : 'ipv6');
  }

  #trust(network: string): void {
    const [address = '', bits, ...rest] = network.split('/');
    const version = isIP(address);
    const most = version === 4 ? 32 : 128;
    const length = bits === undefined ? most : Number(bits);
    const valid = /^\d+$/.test(bits ?? String(most)) && length <= most && rest.length === 0;
    if (version === 0 || !valid) {
      throw new UsageError(
        `Cannot trust proxy: an address or a network such as 10.0.0.0/8 is expected, current value is ${JSON.stringify(network)}`,
      );
    }
    this.#trusted.addSubnet(address, length, version === 4 ? 'ipv4' : 'ipv6');
  }
}
