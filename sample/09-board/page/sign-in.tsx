import { useState, type FormEvent } from 'react';
import { post } from './post.js';

/** @param why it has to be done again; '' the first time */
export function SignIn({ why, onToken }: { why: string; onToken: (token: string) => void }) {
  const [error, setError] = useState(why);
  const [isBusy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    setBusy(true);
    const { token, message = 'It did not work' } = await post('login', Object.fromEntries(fields));
    setBusy(false);
    if (token === undefined) setError(message);
    else onToken(token);
  }

  return (
    <main className="sign-in">
      <form className="card" onSubmit={(event) => void submit(event)}>
        <div className="logo" aria-hidden="true">
          <span />
          <span />
          <span />
        </div>
        <h1>Sign in to the board</h1>
        <p className="muted">
          You are <b>ada</b> or <b>bob</b>; the password of both is <b>demo</b>.
        </p>
        <label htmlFor="name">Name</label>
        <input
          id="name"
          name="name"
          autoComplete="username"
          autoCapitalize="none"
          defaultValue="ada"
        />
        <label htmlFor="password">Password</label>
        <input
          id="password"
          name="password"
          type="password"
          autoComplete="current-password"
          defaultValue="demo"
        />
        {error && (
          <p className="error" role="alert">
            {error}
          </p>
        )}
        <button type="submit" className="primary" disabled={isBusy}>
          Sign in
        </button>
      </form>
    </main>
  );
}
