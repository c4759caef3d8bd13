/** A `POST` to this server; it does not throw. */
export async function post(path: string, body: object, token = '') {
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
    const answer = (await response.json()) as { token?: string; message?: string };
    return { ...answer, status: response.status };
  } catch {
    return { status: 0, token: undefined, message: 'The server cannot be reached' };
  }
}
