import { useSignal } from '@preact/signals';
import { useId, useMemo } from 'preact/hooks';
import { PlanInWords } from './actions';
import { address, api, key, may, Problem, send } from './api';
import { curl, reach, shell } from './format';
import { t } from './i18n';
import { GroupFrame } from './group';
import { draft, stageBody, type StageDraft } from './rules';
import { go, groupPath, Link, place } from './router';
import { look } from './store';
import type { DryRun, Group, GroupPageProps } from './types';
import { Choice, Copyable, Failed, Field, Select, Table, useResource } from './ui';

export function StartPage({ groupId }: GroupPageProps) {
  return (
    <GroupFrame groupId={groupId}>
      {(group) =>
        group.upgrade ? (
          <p class="notice moving">
            {t('An upgrade runs already.')} <Link to={groupPath(groupId, 'upgrades', group.upgrade.upgradeId)}>{t('Open')} →</Link>
          </p>
        ) : (
          <Form group={group} />
        )
      }
    </GroupFrame>
  );
}

function Form({ group }: { group: Group }) {
  const names = Object.keys(group.clusters);
  const serving = names.find((name) => group.clusters[name]!.status === 'GREEN');
  const isFirst = !serving;
  const named = useSignal(place.value.search.get('template') ?? '');
  const [templates] = useResource(address('/api/groups/{groupId}/templates', group));
  const byTemplate = templates.data?.templates.find((one) => one.name === named.value);
  const mode = useSignal(isFirst ? 'INSTALL' : 'GRAYSCALE');
  const to = useSignal('');
  const template = serving ? group.clusters[serving]!.manifest : names.map((name) => group.clusters[name]!.manifest).find(Boolean);
  const manifest = useSignal(JSON.stringify(template ?? EXAMPLE, null, 2));
  const version = useSignal('');
  const stages = useSignal<StageDraft[]>([
    draft(1, { name: 'friends', ids: '1, 2, 3', approvals: '1' }),
    draft(2, { name: 'some', percent: '5', metric: 'ERRORS', bake: '10m', deadline: '1h' }),
  ]);
  const surge = useSignal('25%');
  const unavailable = useSignal('25%');
  const reason = useSignal('');
  const plan = useSignal<DryRun | null>(null);
  const problem = useSignal<Problem | null>(null);
  const isBusy = useSignal(false);
  const once = useMemo(key, []);
  const manifestId = useId();

  let body: Record<string, unknown> | null = null;
  const wrong: string[] = [];
  try {
    const parsed = JSON.parse(manifest.value) as Record<string, unknown>;
    if (version.value.trim()) parsed['version'] = version.value.trim();
    body = { ...(byTemplate ? { template: byTemplate.name, templateVersion: byTemplate.version } : { mode: mode.value }), manifest: parsed, reason: reason.value.trim() };
    if (to.value) body['to'] = to.value;
  } catch {
    wrong.push(t('The manifest is no JSON.'));
  }
  if (!byTemplate && mode.value === 'GRAYSCALE') {
    const all = stages.value.map(stageBody);
    all.forEach((one) => typeof one === 'string' && wrong.push(one));
    if (new Set(stages.value.map((one) => one.name)).size < stages.value.length) wrong.push(t('Two stages have the same name.'));
    if (body) body['stages'] = all;
  }
  if (!byTemplate && mode.value === 'ROLLING' && body) body['rolling'] = { maxSurge: surge.value, maxUnavailable: unavailable.value };

  // A plan that was shown is for what was typed then.
  const asked = JSON.stringify({ ...body, reason: '' });
  const shownFor = useSignal('');
  const isFresh = plan.value !== null && shownFor.value === asked;
  const path = api('groups', group.groupId, 'upgrades');

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!body || wrong.length) return;
    isBusy.value = true;
    problem.value = null;
    try {
      if (!isFresh) {
        plan.value = (await send<DryRun>('POST', `${path}?dryRun=true`, { ...body, reason: body['reason'] || t('to see what would be done') }, { dry: true })).body;
        shownFor.value = asked;
        requestAnimationFrame(() => document.getElementById('dry-run')?.focus());
      } else {
        const begun = await send<{ upgradeId: string }>('POST', path, body, { idempotencyKey: once });
        await look(group.groupId);
        go(groupPath(group.groupId, 'upgrades', begun.body.upgradeId));
      }
    } catch (failure) {
      if (!(failure instanceof Problem)) throw failure;
      problem.value = failure;
    } finally {
      isBusy.value = false;
    }
  };

  const change = (id: number, part: Partial<StageDraft>): void => {
    stages.value = stages.value.map((one) => (one.id === id ? { ...one, ...part } : one));
  };

  return (
    <form class="start" onSubmit={(event) => void submit(event)}>
      <section class="panel">
        <h2>{t('Start an upgrade')}</h2>
        {(templates.data?.templates.length ?? 0) > 0 && (
          <Select
            label={t('Template')}
            value={named}
            options={[['', t('none: as it is said here')], ...(templates.data?.templates ?? []).map((one): [string, string] => [one.name, `${one.name} · ${one.template.mode.toLowerCase()} · ${t('version {n}', one.version)}`])]}
          />
        )}
        {byTemplate && (
          <p class="muted">
            {byTemplate.template.mode.toLowerCase()}: {byTemplate.template.stages.map((stage) => stage.name).join(' → ') || t('no stages')}
          </p>
        )}
        {!byTemplate && <Choice
          label={t('Flow')}
          value={mode.value}
          options={[
            ['INSTALL', t('Install')],
            ['GRAYSCALE', t('Grayscale')],
            ['SWITCH', t('Switch')],
            ['ROLLING', t('Rolling')],
          ]}
          onChoose={(value) => (mode.value = value)}
        />}
        {!byTemplate && <p class="muted">
          {mode.value === 'INSTALL'
            ? t('The first release of a group: starts it and routes everybody to it.')
            : mode.value === 'GRAYSCALE'
              ? t('The new release takes some users first, stage by stage; then everybody.')
              : mode.value === 'SWITCH'
                ? t('The new release is started beside the old one; then everybody moves by one table.')
                : t('Instances are exchanged a few at a time.')}
        </p>}
        <div class="fields">
          <Select
            label={t('Target cluster')}
            value={to}
            options={[['', t('a free RED cluster')], ...names.filter((name) => name !== serving).map((name): [string, string] => [name, name])]}
          />
          <Field label={t('Release')} value={version} placeholder={template?.version ?? '1.0.0'} hint={t('instead of the version in the manifest')} />
          <Field label={t('Why? The history keeps it.')} value={reason} required />
        </div>
        <details open={!template}>
          <summary>{t('Manifest: what runs')}</summary>
          <label for={manifestId} class="field">
            <span>{t('Manifest as JSON')}</span>
            <textarea id={manifestId} class="mono" rows={14} spellcheck={false} value={manifest.value} onInput={(event) => (manifest.value = event.currentTarget.value)} />
          </label>
        </details>
      </section>

      {!byTemplate && mode.value === 'ROLLING' && (
        <section class="panel">
          <h2>{t('How many at a time')}</h2>
          <div class="fields">
            <Field label="maxSurge" value={surge} hint={t('more than wanted: a number or a share')} />
            <Field label="maxUnavailable" value={unavailable} hint={t('fewer than wanted: a number or a share')} />
          </div>
        </section>
      )}

      {!byTemplate && mode.value === 'GRAYSCALE' && (
        <section class="panel" aria-labelledby="stages-title">
          <h2 id="stages-title">{t('Stages')}</h2>
          <Table caption={t('Stages')} class="form" head={[t('Name'), t('Ids and intervals'), t('Percent'), t('Approvals'), t('Bake time'), t('Metric'), t('Requests'), t('Deadline'), t('On FAIL'), t('Remove')]}>
            {stages.value.map((one, index) => {
              const label = (text: string): string => `${t('Stage')} ${index + 1}: ${text}`;
              const input = (name: keyof StageDraft & string, text: string, size: number, placeholder = '') => (
                <td>
                  <input
                    aria-label={label(text)}
                    size={size}
                    placeholder={placeholder}
                    value={String(one[name])}
                    onInput={(event) => change(one.id, { [name]: event.currentTarget.value })}
                  />
                </td>
              );
              return (
                <tr key={one.id}>
                  {input('name', t('Name'), 9)}
                  {input('ids', t('Ids and intervals'), 16, '1, 2, 600-700')}
                  {input('percent', t('Percent'), 4)}
                  {input('approvals', t('Approvals'), 3)}
                  {input('bake', t('Bake time'), 5, '10m')}
                  <td>
                    <select aria-label={label(t('Metric'))} value={one.metric} onChange={(event) => change(one.id, { metric: event.currentTarget.value as StageDraft['metric'] })}>
                      <option value="">{t('none')}</option>
                      <option value="ERRORS">{t('errors')}</option>
                      <option value="LATENCY">{t('latency')}</option>
                    </select>
                  </td>
                  {input('requests', t('Requests'), 5, '100')}
                  {input('deadline', t('Deadline'), 5, '1h')}
                  <td>
                    <select aria-label={label(t('On FAIL'))} value={one.onFail} onChange={(event) => change(one.id, { onFail: event.currentTarget.value as StageDraft['onFail'] })}>
                      <option value="">{t('roll back')}</option>
                      <option value="PAUSE">{t('pause')}</option>
                    </select>
                  </td>
                  <td>
                    <button type="button" class="quiet" aria-label={label(t('Remove'))} onClick={() => (stages.value = stages.value.filter((other) => other.id !== one.id))}>
                      ✕
                    </button>
                  </td>
                </tr>
              );
            })}
          </Table>
          <div class="actions">
            <button type="button" onClick={() => (stages.value = [...stages.value, draft(Math.max(0, ...stages.value.map((one) => one.id)) + 1, { percent: '25' })])}>
              {t('Add a stage')}
            </button>
          </div>
          <p class="muted">
            {stages.value
              .map((one) => ({ one, made: stageBody(one) }))
              .map(({ one, made }) => (typeof made === 'string' ? '' : `${one.name}: ${reach(made.rule)}`))
              .filter(Boolean)
              .join(' · ')}
          </p>
        </section>
      )}

      {wrong.length > 0 && (
        <div class="warnings problem" role="alert">
          <ul>
            {wrong.map((one) => (
              <li key={one}>{one}</li>
            ))}
          </ul>
        </div>
      )}
      {problem.value && <Failed problem={problem.value} />}
      {isFresh && plan.value && (
        <section class="panel" id="dry-run" tabIndex={-1} aria-labelledby="dry-run-title">
          <h2 id="dry-run-title">{t('What would be done')}</h2>
          <PlanInWords plan={plan.value} />
        </section>
      )}
      <div class="actions">
        <button type="submit" class="primary" disabled={isBusy.value || wrong.length > 0 || !may('operator') || (isFresh && !reason.value.trim())}>
          {isBusy.value ? t('Sending…') : isFresh ? t('Start it: release {release}', plan.value?.release ?? '') : t('Show what would be done')}
        </button>
        {!may('operator') && <span class="muted">{t('needs the role operator')}</span>}
      </div>
      {body && wrong.length === 0 && (
        <details class="byhand">
          <summary>{t('The same from a terminal')}</summary>
          <Copyable label={t('Command line')} text={`tricolor upgrade start ${shell(group.groupId)} -f upgrade.json --dry-run\ntricolor upgrade start ${shell(group.groupId)} -f upgrade.json --wait`} />
          <Copyable label="upgrade.json" text={JSON.stringify(body, null, 2)} />
          <Copyable label="curl" text={curl('POST', path, body)} />
        </details>
      )}
    </form>
  );
}

const EXAMPLE = {
  version: '1.0.0',
  services: [
    {
      name: 'web',
      artifact: { type: 'file', uri: 'https://repo.example/web-1.0.0.jar', sha256: '0'.repeat(64) },
      args: ['java', '-jar', 'web-1.0.0.jar'],
      instances: 2,
    },
  ],
};
