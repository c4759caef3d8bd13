import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { BoardPage } from './board-page.js';
import { SignIn } from './sign-in.js';

function App() {
  const [session, setSession] = useState({ token: '', why: '' });
  const { token, why } = session;
  if (token === '')
    return <SignIn why={why} onToken={(good) => setSession({ token: good, why: '' })} />;
  return (
    <BoardPage
      key={token}
      token={token}
      onEnd={(reason) => setSession({ token: '', why: reason })}
    />
  );
}

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
