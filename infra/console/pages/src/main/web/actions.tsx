import { useSignal } from '@preact/signals';
import { t } from './i18n';
import { look } from './store';
import { counts, reach, release, short } from './format';
import type { Action, Group } from './types';
import { Button, CommandDialog, Dialog, SameByHand, Failed, useDialog, type Command } from './ui';
import { key, Problem, send } from './api';
import { curl, durationOf } from './format';
import { go, groupPath } from './router';
import { useEffect, useId, useMemo } from 'preact/hooks';
import type { DryRun } from './types';

const TITLE: Record<string, string> = {
  pause: 'Pause',
  resume: 'Resume',
  abort: 'Abort',
  'override-freeze': 'Go on in spite of the freeze',
  approve: 'Approve',
  skip: 'Skip the gates',
  repeat: 'Repeat the stage',
  rollback: 'Roll back',
  'stop-cluster': 'Stop the cluster',
  'begin-epoch': 'Begin a new epoch',
  decommission: 'End the group',
  'cancel-decommission': 'Keep the group',
  delete: 'Delete the group',
};

const DANGER = new Set(['abort', 'override-freeze', 'skip', 'rollback', 'stop-cluster', 'decommission', 'delete', 'begin-epoch']);

/** The command line that does what an action does. */
export function wordsOf(action: Action, group: Group, planHash?: string): string[] {
  const g = group.groupId;
  const stage = action.target ? ['--stage', action.target] : [];
  switch (action.name) {
    case 'pause':
    case 'resume':
    case 'abort':
      return ['upgrade', action.name, g, ...(group.upgrade ? [group.upgrade.upgradeId] : [])];
    case 'override-freeze':
      return ['freeze', 'override', g];
    case 'approve':
      return ['upgrade', 'approve', g, ...stage, ...(planHash ? ['--plan', planHash] : [])];
    case 'skip':
    case 'repeat':
      return ['upgrade', action.name, g, ...stage];
    case 'rollback':
      return ['rollback', g];
    case 'stop-cluster':
      return ['cluster', 'stop', g, action.target ?? ''];
    case 'decommission':
      return ['group', 'decommission', g, '--confirm', g];
    case 'cancel-decommission':
      return ['group', 'decommission', g, '--cancel'];
    case 'delete':
      return ['group', 'delete', g];
    default:
      return [];
  }
}

/** What is known of who and what is touched: releases, instances that stop, users. */
function Touched({ action, group }: { action: Action; group: Group }) {
  const upgrade = group.upgrade;
  const rows: [string, string][] = [];
  const cluster = (name: string | undefined): void => {
    const one = name ? group.clusters[name] : undefined;
    if (one && name) rows.push([t('Cluster {name}', name), `${release(one.manifest)} · ${counts(one.instances)} · ${one.status}`]);
  };
  if (upgrade) {
    cluster(upgrade.from);
    cluster(upgrade.to);
    const target = group.clusters[upgrade.to];
    if (target?.status === 'YELLOW') rows.push([t('Users on {name} now', upgrade.to), reach(target.id)]);
    if (action.name === 'abort') rows.push([t('Stops'), `${upgrade.to} · ${counts(target?.instances)}`]);
  } else if (action.name === 'rollback' || action.name === 'decommission') {
    Object.keys(group.clusters).forEach(cluster);
  } else {
    cluster(action.target);
  }
  return rows.length ? (
    <dl class="pairs">
      {rows.map(([name, text]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  ) : null;
}

/** The buttons of what can be asked now: those that are refused say why. */
export function Actions(props: { group: Group; names: string[]; planHash?: string; target?: string }) {
  const { group } = props;
  const open = useDialog();
  const chosen = useSignal<Action | null>(null);
  const rollback = useDialog();
  const all = (group.actions ?? []).filter(
    (action) => props.names.includes(action.name) && (props.target === undefined || action.target === props.target),
  );
  // The order is that of the caller, so a button does not move under the hand.
  const shown = props.names.flatMap((name) => all.filter((action) => action.name === name));
  const action = chosen.value;
  return (
    <div class="actions">
      {shown.map((one) => (
        <Button
          key={one.name + (one.target ?? '')}
          class={DANGER.has(one.name) ? 'danger' : one.name === 'approve' ? 'primary' : undefined}
          refused={one.allowed ? (one.reason && one.name !== 'rollback' ? one.reason : undefined) : (one.reason ?? one.code)}
          onPress={() => {
            if (one.name === 'rollback') rollback.value = true;
            else {
              chosen.value = one;
              open.value = true;
            }
          }}
        >
          {t(TITLE[one.name] ?? one.name)}
          {one.name === 'repeat' || one.name === 'stop-cluster' ? ` ${one.target}` : ''}
        </Button>
      ))}
      {action && <CommandDialog command={commandOf(action, group, props.planHash)} open={open} />}
      <Rollback group={group} open={rollback} />
    </div>
  );
}

function commandOf(action: Action, group: Group, planHash?: string): Command {
  const words = wordsOf(action, group, planHash);
  return {
    title: `${t(TITLE[action.name] ?? action.name)}: ${group.groupId}${action.target ? ` · ${action.target}` : ''}`,
    button: t(TITLE[action.name] ?? action.name),
    facts: (
      <>
        <p>{action.confirm}</p>
        <Touched action={action} group={group} />
      </>
    ),
    method: action.method,
    path: action.path,
    reasonInQuery: action.method === 'DELETE',
    body: {
      ...(action.target && ['approve', 'skip', 'repeat'].includes(action.name) ? { stage: action.target } : {}),
      ...(action.name === 'approve' && planHash ? { planHash } : {}),
    },
    words: words.length ? words : undefined,
    danger: DANGER.has(action.name),
    confirmation: action.name === 'decommission' ? group.groupId : undefined,
    done: () => {
      void look(group.groupId);
      if (action.name === 'delete') go('/');
    },
  };
}

/** A plan in words. */
export function PlanInWords({ plan }: { plan: DryRun }) {
  return (
    <>
      <p>
        {t('Release {release} in cluster {to}', plan.release, plan.to)}
        {plan.from ? `, ${t('in place of cluster {from}', plan.from)}` : ''}: {counts(plan.instances)}.{' '}
        {t('At least {time}, {n} approvals.', durationOf(plan.atLeast), plan.approvals)}
      </p>
      <ol class="plan-words">
        {plan.steps.map((step) => (
          <li key={step.number}>
            <b>{step.title}</b> <span lang="en">{step.what}</span>
            {step.timeout && <small> {t('within {time}', durationOf(step.timeout))}</small>}
          </li>
        ))}
      </ol>
    </>
  );
}

/** Going back: what would be done is asked for and shown before it is. */
export function Rollback(props: { group: Group; open: ReturnType<typeof useDialog>; point?: string }) {
  return (
    <Dialog title={`${t('Roll back')}: ${props.group.groupId}`} open={props.open} wide>
      <RollbackForm group={props.group} point={props.point} close={() => (props.open.value = false)} />
    </Dialog>
  );
}

function RollbackForm({ group, point, close }: { group: Group; point?: string; close: () => void }) {
  const plan = useSignal<DryRun | null>(null);
  const problem = useSignal<Problem | null>(null);
  const reason = useSignal('');
  const once = useMemo(key, []);
  const id = useId();
  const path = `/api/groups/${encodeURIComponent(group.groupId)}/rollbacks`;
  const ask = async (dry: boolean): Promise<void> => {
    problem.value = null;
    try {
      const body = { ...(point ? { rollbackPointId: point } : {}), reason: dry ? t('to see what would be done') : reason.value.trim() };
      if (dry) plan.value = (await send<DryRun>('POST', `${path}?dryRun=true`, body, { dry: true })).body;
      else {
        const begun = await send<{ upgradeId: string }>('POST', path, body, { idempotencyKey: once });
        await look(group.groupId);
        close();
        go(groupPath(group.groupId, 'upgrades', begun.body.upgradeId));
      }
    } catch (failure) {
      if (!(failure instanceof Problem)) throw failure;
      problem.value = failure;
    }
  };
  useEffect(() => void ask(true), []);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void ask(false);
      }}
    >
      <div class="facts" aria-live="polite">
        {plan.value ? <PlanInWords plan={plan.value} /> : !problem.value && <p>{t('Asking what would be done…')}</p>}
        {point && <p class="muted">{t('Point {id}', short(point))}</p>}
      </div>
      <label for={id}>
        {t('Why? The history keeps it.')}
        <input id={id} required autofocus maxLength={500} autocomplete="off" value={reason.value} onInput={(e) => (reason.value = e.currentTarget.value)} />
      </label>
      {problem.value && <Failed problem={problem.value} />}
      <SameByHand
        words={['rollback', group.groupId, ...(point ? ['--to', point] : []), '--reason', reason.value.trim() || t('…')]}
        line={curl('POST', path, { ...(point ? { rollbackPointId: point } : {}), reason: reason.value.trim() })}
      />
      <footer>
        <button type="button" onClick={close}>
          {t('Cancel')}
        </button>
        <button type="submit" class="danger" disabled={!plan.value || !reason.value.trim()}>
          {plan.value ? t('Go back to {release}', plan.value.release) : t('Roll back')}
        </button>
      </footer>
    </form>
  );
}
