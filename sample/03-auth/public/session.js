import { connect } from '../../shared/public/nestwire-client.js';
import { postJson } from '../../shared/public/post-json.js';

/** @returns a login: `{ token, name, role, expiresAt }` */
export const signIn = (name, password) => postJson('login', { name, password });

/**
 * The connection of somebody who is signed in. The client asks for a token at each try, and when the session
 * is about to end: then a new one is fetched and given to the open connection.
 *
 * @param on `login(login)` gets each new login; `stays()` says whether to go on when a session is about to end
 * @returns the client, and `renew()` for whoever does not want to wait
 */
export function openBoard({ token }, on) {
  const renew = async () => {
    const login = await postJson('renew', {}, { Authorization: `Bearer ${token}` });
    ({ token } = login);
    on.login(login);
    return token;
  };
  const client = connect('board', {
    // Below: it asks for a token at once.
    autoConnect: false,
    async token({ refused }) {
      if (client.state.name === 'open') return on.stays() ? renew() : null;
      if (!refused) return token;
      // A token that is too old buys no other: somebody has to sign in again.
      return renew().catch((error) => {
        if (error.status === 401) return null;
        throw error;
      });
    },
  });
  client.connect();
  return { client, renew: async () => client.call('reauthenticate', { token: await renew() }) };
}
