/**
 * @returns what the server answers
 * @throws {Error} a sentence for whoever uses the page; `status` is the server's, if it gave one
 */
export async function postJson(path, body, headers = {}) {
  const response = await fetch(new URL(path, document.baseURI), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  }).catch(() => {
    // What a browser says here, "Failed to fetch", tells nobody what to do.
    throw new Error('The server cannot be reached');
  });
  const { status } = response;
  // A proxy answers in HTML what it has to say.
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const why = [answer.message ?? `The server answered ${status}`].flat().join(', ');
  throw Object.assign(new Error(why), { status });
}
