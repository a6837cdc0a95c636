import { useEffect, useState } from 'preact/hooks';
import { openSession, type Problem, problemOf, type Session, send } from './api.js';
import { usePolled, useRoute } from './hooks.js';
import { BenchPage } from './pages/bench.js';
import { BenchesPage } from './pages/benches.js';
import { FleetPage } from './pages/fleet.js';
import { VolumesPage } from './pages/volumes.js';
import { WizardPage } from './pages/wizard.js';
import { ProblemBox } from './widgets/basics.js';
import { OperationsPanel } from './widgets/operations-panel.js';

/** The code of `bench admin login`, which is taken out of the address before anything else is done. */
function codeInAddress(): string | undefined {
  const [, code] = /^#login=([\w-]+)$/.exec(location.hash) ?? [];
  if (code !== undefined) history.replaceState(null, '', `${location.pathname}#/`);
  return code;
}

export function App() {
  const [session, setSession] = useState<Session>();
  const [problem, setProblem] = useState<Problem>();
  const route = useRoute();
  useEffect(() => {
    const enter = () => {
      const code = codeInAddress();
      openSession(code)
        .then(setSession)
        .catch((error) => setProblem(problemOf(error)));
    };
    enter();
    // The address is opened where the page is already: the browser only changes what is behind the `#`.
    const onChange = () => /^#login=/.test(location.hash) && enter();
    addEventListener('hashchange', onChange);
    return () => removeEventListener('hashchange', onChange);
  }, []);
  if (session === undefined) return <LoginPage problem={problem} />;
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        To the content
      </button>
      <header>
        <nav aria-label="Main">
          <a class="name" href="#/">
            bench <span>{session.host}</span>
          </a>
          <Entry to="" at={route[0]} label="Benches" />
          <Entry to="volumes" at={route[0]} label="Volumes" />
          {session.scope === 'admin' && <Entry to="new" at={route[0]} label="New bench" />}
          <FleetEntry at={route[0]} />
        </nav>
        <button
          type="button"
          onClick={() => void send('DELETE', '/v1/session').finally(() => location.reload())}
          title={session.who}
        >
          Log out
        </button>
      </header>
      <main id="main" tabIndex={-1}>
        <Page route={route} session={session} />
      </main>
      <OperationsPanel />
    </>
  );
}

function Entry({ to, at = '', label }: { to: string; at: string | undefined; label: string }) {
  const isHere = at === to || (to === '' && at === 'benches');
  return (
    <a href={`#/${to}`} {...(isHere ? { 'aria-current': 'page' as const } : {})}>
      {label}
    </a>
  );
}

/** Only where the host is in a fleet; that changes by hand, and seldom. */
function FleetEntry({ at }: { at: string | undefined }) {
  const { data } = usePolled<{ host: string } | null>('/v1/fleet', 600_000);
  return data ? <Entry to="fleet" at={at} label="Fleet" /> : null;
}

function Page({ route, session }: { route: string[]; session: Session }) {
  const [first, second, third] = route;
  if (first === 'benches' && second !== undefined)
    return <BenchPage bench={second} tab={third ?? 'overview'} session={session} />;
  if (first === 'volumes') return <VolumesPage session={session} />;
  if (first === 'fleet') return <FleetPage session={session} />;
  if (first === 'new') return <WizardPage />;
  return <BenchesPage session={session} />;
}

function LoginPage({ problem }: { problem: Problem | undefined }) {
  if (problem === undefined)
    return (
      <main class="login">
        <p role="status">Looking who you are …</p>
      </main>
    );
  return (
    <main class="login">
      <h1>bench</h1>
      {problem.code !== 'login-needed' && <ProblemBox problem={problem} />}
      <p>To get in, run this on the host, and open the address that it prints within a minute:</p>
      <pre>sudo bench admin login</pre>
      <p class="quiet">
        From another machine: <code>ssh -L 8443:127.0.0.1:8443 HOST</code> first, then open the same address
        here.
      </p>
    </main>
  );
}
