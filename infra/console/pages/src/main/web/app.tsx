import { useSignal } from '@preact/signals';
import { render, type ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { logIn, Problem, send, session } from './api';
import { language, preferred, speak, t } from './i18n';
import { moment } from './format';
import { Overview } from './overview';
import { Link, place } from './router';
import { connection, live } from './store';
import { dress, theme, wear } from './theme';
import { Ago, Empty, Failed, Loading } from './ui';

dress();

/** A page that comes with its own piece of script when it is first opened. */
function later<P extends object>(what: () => Promise<ComponentType<P>>): ComponentType<P> {
  let found: ComponentType<P> | null = null;
  return function Later(props: P) {
    const ready = useSignal(found !== null);
    const failed = useSignal(false);
    useEffect(() => {
      if (found) return;
      what().then(
        (page) => {
          found = page;
          ready.value = true;
        },
        () => (failed.value = true),
      );
    }, []);
    if (failed.value) return <Failed problem={new Problem(0, 'NO_CONNECTION', t('a part of the console could not be read; was it updated?'))} retry={() => location.reload()} />;
    if (!ready.value || !found) return <Loading />;
    const Page = found;
    return <Page {...props} />;
  };
}

const GroupPage = later(() => import('./group').then((it) => it.GroupPage));
const UpgradesPage = later(() => import('./group').then((it) => it.UpgradesPage));
const UpgradePage = later(() => import('./upgrade').then((it) => it.UpgradePage));
const StartPage = later(() => import('./start').then((it) => it.StartPage));
const HistoryPage = later(() => import('./history').then((it) => it.HistoryPage));
const PointsPage = later(() => import('./history').then((it) => it.PointsPage));
const RoutersPage = later(() => import('./routers').then((it) => it.RoutersPage));
const GroupRoutersPage = later(() => import('./routers').then((it) => it.GroupRoutersPage));
const ConfigurationPage = later(() => import('./configuration').then((it) => it.ConfigurationPage));
const MonitoringPage = later(() => import('./monitoring').then((it) => it.MonitoringPage));
const LogsPage = later(() => import('./logs').then((it) => it.LogsPage));
const ReleasesPage = later(() => import('./releases').then((it) => it.ReleasesPage));
const TemplatesPage = later(() => import('./templates').then((it) => it.TemplatesPage));
const ArtifactsPage = later(() => import('./artifacts').then((it) => it.ArtifactsPage));
const DeploymentsPage = later(() => import('./deployments').then((it) => it.DeploymentsPage));
const FreezesPage = later(() => import('./freezes').then((it) => it.FreezesPage));
const SettingsPage = later(() => import('./settings').then((it) => it.SettingsPage));

function Page() {
  const segments = place.value.path.split('/').filter(Boolean).map(decodeURIComponent);
  const [first, groupId, what, id] = segments;
  useEffect(() => {
    document.title = `${segments.join(' · ') || t('Groups')} – Tricolor`;
  }, [place.value.path, language.value]);
  if (!first) return <Overview />;
  if (first === 'groups' && groupId) {
    // Keyed by the group: another group is another page.
    if (!what) return <GroupPage key={groupId} groupId={groupId} />;
    if (what === 'upgrades' && id) return <UpgradePage key={groupId + id} groupId={groupId} upgradeId={id} />;
    if (what === 'upgrades') return <UpgradesPage key={groupId} groupId={groupId} />;
    if (what === 'start') return <StartPage key={groupId} groupId={groupId} />;
    if (what === 'history') return <HistoryPage key={groupId} groupId={groupId} />;
    if (what === 'points') return <PointsPage key={groupId} groupId={groupId} />;
    if (what === 'routers') return <GroupRoutersPage key={groupId} groupId={groupId} />;
    if (what === 'releases') return <ReleasesPage key={groupId} groupId={groupId} />;
    if (what === 'templates') return <TemplatesPage key={groupId} groupId={groupId} />;
  }
  if (first === 'routers') return <RoutersPage />;
  if (first === 'artifacts') return <ArtifactsPage />;
  if (first === 'deployments') return <DeploymentsPage />;
  if (first === 'configuration') return <ConfigurationPage />;
  if (first === 'monitoring') return <MonitoringPage />;
  if (first === 'logs') return <LogsPage />;
  if (first === 'freezes') return <FreezesPage />;
  if (first === 'settings') return <SettingsPage />;
  return (
    <Empty>
      {t('There is no page here.')} <Link to="/">{t('Groups')}</Link>
    </Empty>
  );
}

function Connection() {
  const now = connection.value;
  return (
    <span class={`connection ${now.state}`} role="status">
      <span aria-hidden="true">{now.state === 'live' ? '●' : now.state === 'stale' ? '✕' : '◌'}</span>{' '}
      {now.state === 'live' ? t('live') : now.state === 'polling' ? t('every few seconds') : now.state === 'stale' ? t('stale since {time}', moment(now.since)) : t('connecting')}
    </span>
  );
}

function Chrome() {
  const me = session.value!;
  const path = place.value.path;
  const pages: [string, string][] = [
    ['/', t('Groups')],
    ['/routers', t('Routers')],
    ['/deployments', t('Deployments')],
    ['/artifacts', t('Artifacts')],
    ['/configuration', t('Configuration')],
    ['/monitoring', t('Monitoring')],
    ['/logs', t('Logs')],
    ['/freezes', t('Freezes')],
    ['/settings', t('Settings')],
  ];
  const isStale = connection.value.state === 'stale';
  return (
    <>
      <a class="skip" href="#main">
        {t('To the content')}
      </a>
      <header class="top">
        <Link to="/" class="logo">
          <span class="mark" aria-hidden="true">
            <i class="red" />
            <i class="yellow" />
            <i class="green" />
          </span>
          Tricolor
        </Link>
        <nav aria-label={t('Pages')}>
          {pages.map(([to, text]) => (
            <Link key={to} to={to} current={to === '/' ? path === '/' || path.startsWith('/groups') : path.startsWith(to)}>
              {text}
            </Link>
          ))}
        </nav>
        <span class="spacer" />
        <Connection />
        <button type="button" class="quiet" aria-label={language.value === 'en' ? '中文' : 'English'} lang={language.value === 'en' ? 'zh-CN' : 'en'} onClick={() => void speak(language.value === 'en' ? 'zh' : 'en')}>
          {language.value === 'en' ? '中文' : 'EN'}
        </button>
        <button
          type="button"
          class="quiet"
          aria-label={theme.value === 'dark' ? t('Light theme') : t('Dark theme')}
          onClick={() => wear(theme.value === 'dark' ? 'light' : 'dark')}
        >
          <span aria-hidden="true">{theme.value === 'dark' ? '☀' : '☾'}</span>
        </button>
        <button type="button" class="quiet" popovertarget="me">
          {me.name ?? me.subject}
        </button>
        <div id="me" popover="auto" class="menu">
          <p>
            <strong>{me.subject}</strong>
            <br />
            <span class="muted">{me.roles.join(', ')}</span>
          </p>
          <p class="muted">
            {t('Session ends')} {moment(me.expires)}
          </p>
          <button type="button" onClick={() => void logOut()}>
            {t('Log out')}
          </button>
        </div>
      </header>
      {isStale && connection.value.state === 'stale' && (
        <p class="stale" role="alert">
          {t('Disconnected: what you see is stale since {time}', moment(connection.value.since))} (<Ago at={connection.value.since} />). {t('Trying again…')}
        </p>
      )}
      <main id="main" tabIndex={-1} class={isStale ? 'is-stale' : undefined}>
        <Page />
      </main>
    </>
  );
}

async function logOut(): Promise<void> {
  const { body } = await send<{ next?: string }>('POST', '/door/logout', undefined, { dry: true });
  // An identity provider may want to end its own session as well.
  if (typeof body.next === 'string' && /^(\/(?!\/)|https?:\/\/)/.test(body.next)) location.assign(body.next);
  else session.value = null;
}

let isFollowing = false;

function App() {
  const me = session.value;
  const problem = useSignal<Problem | null>(null);
  const enter = (): void => {
    problem.value = null;
    logIn().catch((failure: unknown) => {
      if (!(failure instanceof Problem)) throw failure;
      problem.value = failure;
    });
  };
  useEffect(enter, []);
  useEffect(() => {
    if (!me || isFollowing) return;
    isFollowing = true;
    live();
  }, [me]);
  if (me) return <Chrome key={language.value} />;
  return (
    <main class="door">
      <h1>
        <span class="mark" aria-hidden="true">
          <i class="red" />
          <i class="yellow" />
          <i class="green" />
        </span>{' '}
        Tricolor
      </h1>
      {problem.value ? (
        <Failed problem={problem.value} retry={enter} />
      ) : me === undefined ? (
        <Loading />
      ) : (
        <>
          <p>{t('You are not logged in, or your session has ended.')}</p>
          <p>
            <a class="primary" href={`/door/login?to=${encodeURIComponent(location.pathname + location.search)}`}>
              {t('Log in')}
            </a>
          </p>
          <p class="muted">
            {t('On the machine of the suite:')} <code>./tricolor console</code>
          </p>
        </>
      )}
    </main>
  );
}

void speak(preferred(), false).then(() => render(<App />, document.getElementById('app')!));
