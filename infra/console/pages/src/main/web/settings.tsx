import { address, may, session } from './api';
import { language, speak, t, type Language } from './i18n';
import { go, groupPath, Link } from './router';
import { ids } from './store';
import { theme, wear, type Theme } from './theme';
import { Choice, Empty, Field, Moment, Shown, State, Table, useResource } from './ui';
import { useSignal } from '@preact/signals';

export function SettingsPage() {
  const me = session.value;
  const group = useSignal('');
  return (
    <>
      <header class="title">
        <h1>{t('Settings')}</h1>
      </header>
      <section class="panel">
        <h2>{t('Who I am')}</h2>
        {me && (
          <dl class="pairs">
            <div>
              <dt>{t('Subject')}</dt>
              <dd>{me.subject}</dd>
            </div>
            <div>
              <dt>{t('Roles')}</dt>
              <dd>{me.roles.join(', ') || t('none')}</dd>
            </div>
            <div>
              <dt>{t('Session ends')}</dt>
              <dd>
                <Moment at={me.expires} />
              </dd>
            </div>
            <div>
              <dt>{t('Suite')}</dt>
              <dd>
                {me.suite?.name} {me.suite?.version}
              </dd>
            </div>
          </dl>
        )}
      </section>
      <section class="panel">
        <h2>{t('How it looks')}</h2>
        <Choice
          label={t('Language')}
          value={language.value}
          options={[
            ['en', 'English'],
            ['zh', '中文'],
          ]}
          onChoose={(value) => void speak(value as Language)}
        />{' '}
        <Choice
          label={t('Theme')}
          value={theme.value}
          options={[
            ['light', t('Light')],
            ['dark', t('Dark')],
          ]}
          onChoose={(value) => wear(value as Theme)}
        />
      </section>
      <section class="panel">
        <h2>{t('Templates')}</h2>
        <p class="muted">{t('Each group has its own: how it is upgraded, whatever the release.')}</p>
        {ids.value.length ? (
          <form
            class="inline"
            onSubmit={(event) => {
              event.preventDefault();
              if (group.value.trim()) go(groupPath(group.value.trim(), 'templates'));
            }}
          >
            <Field label={t('Group')} value={group} list={ids.value.slice(0, 1_000)} />
            <button type="submit">{t('Open')}</button>
          </form>
        ) : (
          <Empty>{t('There is no group yet. A group is one application in one environment with its clusters.')}</Empty>
        )}
      </section>
      <section class="panel">
        <h2>{t('Notifications')}</h2>
        {may('operator') ? <Notifications /> : <p class="muted">{t('needs the role operator')}</p>}
      </section>
    </>
  );
}

function Notifications() {
  const notifications = useResource(address('/api/notifications', {}, { limit: 100 }), { poll: 10_000 });
  return (
    <Shown of={notifications} what={t('notifications')}>
      {(data) =>
        data.notifications.length ? (
          <Table caption={t('Notifications')} head={[t('Last attempt'), t('To'), t('What'), t('State'), t('Attempts'), t('Last error')]}>
            {data.notifications.map((one) => (
              <tr key={one.number}>
                <td>
                  <Moment at={one.attemptedAt ?? undefined} />
                </td>
                <td>{one.target}</td>
                <th scope="row"><Link to={groupPath(one.groupId, 'upgrades', one.upgradeId)}>{one.text}</Link></th>
                <td>
                  <State kind={one.state === 'DELIVERED' ? 'good' : one.state === 'FAILED' ? 'bad' : 'wait'}>{one.state.toLowerCase()}</State>
                </td>
                <td class="num">{one.attempts}</td>
                <td>{one.lastError}</td>
              </tr>
            ))}
          </Table>
        ) : (
          <Empty>{t('Nobody has been told anything yet; who is told is set in strategy-service.')}</Empty>
        )
      }
    </Shown>
  );
}
