import { useSignal, type Signal } from '@preact/signals';
import { address, api, may } from './api';
import { instant, iso, seconds } from './format';
import { About } from './frozen';
import type { FreezeWindow, WeeklyTime } from './types';
import { t } from './i18n';
import { Button, Choice, CommandDialog, Empty, Field, Moment, Select, Shown, State, Table, useDialog, useResource } from './ui';

const DAYS = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'];
const LABEL: Record<string, string> = {
  MONDAY: 'Mon',
  TUESDAY: 'Tue',
  WEDNESDAY: 'Wed',
  THURSDAY: 'Thu',
  FRIDAY: 'Fri',
  SATURDAY: 'Sat',
  SUNDAY: 'Sun',
};

const day = (name: string): string => t(LABEL[name] ?? name);

export const weeklyInWords = (time: WeeklyTime): string => `${time.days.map(day).join(' ')} ${time.from}–${time.to} ${time.zone}`;

export function FreezesPage() {
  const windows = useResource(address('/api/freezes', {}), { poll: 5_000 });
  const setting = useDialog();
  const lifting = useDialog();
  const chosen = useSignal<FreezeWindow | null>(null);
  const again = windows[1];
  return (
    <>
      <header class="title">
        <h1>{t('Freeze windows')}</h1>
        <span class="spacer" />
        <Button class="danger" refused={may('operator') ? undefined : t('needs the role operator')} onPress={() => (setting.value = true)}>
          {t('Set a freeze window')}
        </Button>
      </header>
      <p class="muted">{t('While one is in force no upgrade begins, and one that runs moves no more users. Rollbacks are never held.')}</p>
      <Shown of={windows} what={t('freeze windows')}>
        {(data) =>
          data.windows.length ? (
            <Table caption={t('Freeze windows')} head={[t('Name'), t('State'), t('About'), t('When'), t('Why'), t('Lift')]}>
              {data.windows.map((one) => (
                <tr key={one.window.name} data-window={one.window.name}>
                  <th scope="row">{one.window.name}</th>
                  <td>
                    {one.inForce ? (
                      <State kind="warn">
                        {t('in force until')} <Moment at={one.until} />
                      </State>
                    ) : (
                      <State kind="off">{one.over ? t('over') : t('not in force')}</State>
                    )}
                  </td>
                  <td>
                    <About window={one.window} />
                  </td>
                  <td>
                    {one.window.until ? (
                      <>
                        <Moment at={one.window.from} /> – <Moment at={one.window.until} />
                      </>
                    ) : (
                      one.window.weekly.map(weeklyInWords).join('; ')
                    )}
                  </td>
                  <td>{one.window.reason}</td>
                  <td>
                    <Button
                      class="danger"
                      refused={may('admin') ? undefined : t('needs the role admin')}
                      onPress={() => {
                        chosen.value = one.window;
                        lifting.value = true;
                      }}
                    >
                      {t('Lift')}
                    </Button>
                  </td>
                </tr>
              ))}
            </Table>
          ) : (
            <Empty>{t('There is no freeze window.')}</Empty>
          )
        }
      </Shown>
      <SetWindow open={setting} done={again} />
      {chosen.value && (
        <CommandDialog
          open={lifting}
          command={{
            title: t('Lift freeze window {name}', chosen.value.name),
            button: t('Lift'),
            danger: true,
            facts: <p>{t('Upgrades that it holds go on at once.')}</p>,
            method: 'DELETE',
            path: api('freezes', chosen.value.name),
            reasonInQuery: true,
            words: ['freeze', 'lift', chosen.value.name],
            done: again,
          }}
        />
      )}
    </>
  );
}

function SetWindow({ open, done }: { open: Signal<boolean>; done: () => void }) {
  const name = useSignal('');
  const about = useSignal('all');
  const whose = useSignal('');
  const kind = useSignal('now');
  const lasting = useSignal('4h');
  const from = useSignal('');
  const until = useSignal('');
  const days = useSignal<string[]>(['FRIDAY']);
  const begins = useSignal('18:00');
  const ends = useSignal('08:00');
  const zone = useSignal(Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC');
  const title = name.value.trim() || 'freeze';
  const scope: Record<string, unknown> = about.value === 'all' ? {} : { [about.value]: whose.value.trim() };
  const times: Record<string, unknown> =
    kind.value === 'weekly'
      ? { weekly: [{ days: days.value, from: begins.value, to: ends.value, zone: zone.value.trim() }] }
      : kind.value === 'now'
        ? { until: new Date(Date.now() + (seconds(iso(lasting.value)) || 0) * 1000).toISOString() }
        : { from: instant(from.value), until: instant(until.value) };
  const words = ['freeze', 'set', title];
  if (about.value !== 'all') words.push(about.value === 'groupId' ? '--group' : '--environment', whose.value.trim());
  if (kind.value === 'now') words.push('--for', lasting.value.trim());
  if (kind.value === 'once') words.push('--from', instant(from.value), '--until', instant(until.value));
  if (kind.value === 'weekly') {
    const short = days.value.map((one) => one.slice(0, 3).toLowerCase()).join('+');
    words.push('--weekly', `${short},${begins.value}-${ends.value},${zone.value.trim()}`);
  }
  return (
    <CommandDialog
      open={open}
      command={{
        title: t('Set a freeze window'),
        button: t('Freeze'),
        danger: true,
        method: 'POST',
        path: '/api/freezes',
        body: { name: title, ...scope, ...times },
        words,
        done,
        facts: (
          <>
            <Field label={t('Name')} value={name} placeholder="freeze" hint={t('lower-case letters, digits and dashes')} />
            <Select
              label={t('About')}
              value={about}
              options={[
                ['all', t('all groups')],
                ['environment', t('an environment')],
                ['groupId', t('one group')],
              ]}
            />
            {about.value !== 'all' && <Field label={about.value === 'groupId' ? t('Group') : t('Environment')} value={whose} required />}
            <Choice
              label={t('When')}
              value={kind.value}
              options={[
                ['now', t('Now, for')],
                ['once', t('Once')],
                ['weekly', t('Every week')],
              ]}
              onChoose={(value) => (kind.value = value)}
            />
            {kind.value === 'now' && <Field label={t('For how long')} value={lasting} hint="90s, 30m, 4h, 2d" required />}
            {kind.value === 'once' && (
              <>
                <Field label={t('From')} type="datetime-local" value={from} required />
                <Field label={t('Until')} type="datetime-local" value={until} required />
              </>
            )}
            {kind.value === 'weekly' && (
              <>
                <fieldset class="days">
                  <legend>{t('Days')}</legend>
                  {DAYS.map((one) => (
                    <label key={one}>
                      <input
                        type="checkbox"
                        checked={days.value.includes(one)}
                        onChange={(event) => {
                          const others = days.value.filter((other) => other !== one);
                          days.value = event.currentTarget.checked ? DAYS.filter((any) => any === one || others.includes(any)) : others;
                        }}
                      />
                      {day(one)}
                    </label>
                  ))}
                </fieldset>
                <Field label={t('From')} type="time" value={begins} required />
                <Field label={t('Until')} type="time" value={ends} hint={t('at or before the first time: on the next day')} required />
                <Field label={t('Time zone')} value={zone} required />
              </>
            )}
          </>
        ),
      }}
    />
  );
}
