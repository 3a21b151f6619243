import { address } from './api';
import { t } from './i18n';
import { groupPath, Link } from './router';
import type { FreezeWindow } from './types';
import { Moment, State, useResource } from './ui';

/** Which groups a window concerns. */
export function About({ window }: { window: FreezeWindow }) {
  if (window.groupId) return <Link to={groupPath(window.groupId)}>{window.groupId}</Link>;
  return <>{window.environment ? t('all groups of {name}', window.environment) : t('all groups')}</>;
}

/** What is frozen now, above a list that it concerns; nothing while nothing is. */
export function FrozenNow() {
  const [windows] = useResource(address('/api/freezes', {}), { poll: 15_000 });
  const inForce = windows.data?.windows.filter((one) => one.inForce) ?? [];
  if (!inForce.length) return null;
  return (
    <section class="notice frozen" aria-label={t('Freeze windows')}>
      {inForce.map((one) => (
        <p key={one.window.name}>
          <State kind="warn">{t('frozen')}</State> <About window={one.window} /> {t('until')} <Moment at={one.until} />: {one.window.reason}{' '}
          <Link to="/freezes">{one.window.name}</Link>
        </p>
      ))}
    </section>
  );
}
