/**
 * @returns what the server answers
 * @throws {Error} a sentence for whoever uses the page; `status` is the server's, if it gave one
 */
export async function postJson(path, body, headers = {}) {
  const response = await fetch(new URL(path, document.baseURI), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (response.ok) return answer;
  throw Object.assign(new Error([answer.message].flat().join(', ')), { status: response.status });
}
