import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Actions } from './actions';
import { address } from './api';
import { brief, counts, durationOf, moment, reach, seconds, short, whom } from './format';
import { t } from './i18n';
import { groupPath, Link } from './router';
import { changed } from './store';
import { gateInWords } from './gates';
import { GroupFrame, OUTCOME } from './group';
import type { Gate, GateJudgement, Group, HistoryEntry, Stage, Upgrade, UpgradeTimes } from './types';
import { Ago, Pairs, Shown, State, Table, useResource } from './ui';

export function UpgradePage({ groupId, upgradeId }: { groupId: string; upgradeId: string }) {
  return <GroupFrame groupId={groupId}>{(group) => <Body group={group} upgradeId={upgradeId} />}</GroupFrame>;
}

function Body({ group, upgradeId }: { group: Group; upgradeId: string }) {
  const changes = changed(group.groupId);
  const isRunning = group.upgrade?.upgradeId === upgradeId;
  // The group may tell the end a moment before the list of upgrades knows it.
  const isBehind = useSignal(false);
  const upgrade = useResource(address('/api/groups/{groupId}/upgrades/{upgradeId}', { groupId: group.groupId, upgradeId }), { again: changes, poll: isRunning ? 10_000 : isBehind.value ? 500 : undefined });
  const lacksEnd = !isRunning && upgrade[0].data !== undefined && upgrade[0].data.endedAt === undefined;
  useEffect(() => {
    isBehind.value = lacksEnd;
  }, [lacksEnd]);
  const [times] = useResource(address('/api/groups/{groupId}/upgrades/{upgradeId}/times', { groupId: group.groupId, upgradeId }), { again: changes });
  const [gates] = useResource(isRunning ? address('/api/gates/{group}', { group: group.groupId }) : null, { poll: 3_000 });
  const [judged] = useResource(
    address('/api/groups/{groupId}/history', group, { upgrade: upgradeId, type: 'gate-judged', limit: 100 }),
    { again: changes },
  );
  return (
    <Shown of={upgrade} what={t('the upgrade')}>
      {(data) => (
        <>
          <Head group={group} data={data} isRunning={isRunning} times={times.data} />
          <Plan group={group} data={data} times={times.data} isRunning={isRunning} />
          {isRunning && <Now group={group} data={data} gates={gates.data?.gates ?? []} />}
          {data.upgrade.stages.length > 0 && <Stages group={group} data={data} gates={gates.data?.gates ?? []} judged={judged.data?.events ?? []} isRunning={isRunning} />}
          <section class="panel">
            <h2>{t('Release')}</h2>
            <p>
              {data.upgrade.manifest.version}: {counts(data.upgrade.instances)} · {t('plan')}{' '}
              <code title={data.upgrade.planHash}>{data.upgrade.planHash.slice(0, 12)}</code>
              {data.upgrade.rollbackPointId && (
                <>
                  {' '}
                  · {t('back to point {id}', short(data.upgrade.rollbackPointId))}
                </>
              )}
            </p>
            <p class="muted">
              {Object.entries(data.upgrade.policy)
                .map(([name, value]) => `${name} ${Number.isNaN(seconds(value)) ? value : durationOf(value)}`)
                .join(' · ')}
            </p>
            <p>
              <Link to={`${groupPath(group.groupId, 'history')}?upgrade=${encodeURIComponent(upgradeId)}`}>{t('All events of this upgrade')} →</Link>
            </p>
          </section>
        </>
      )}
    </Shown>
  );
}

function Head({ group, data, isRunning, times }: { group: Group; data: Upgrade; isRunning: boolean; times: UpgradeTimes | undefined }) {
  const { upgrade } = data;
  const [kind, word] = OUTCOME[data.status] ?? ['wait', data.status];
  const frozen = group.actions?.some((action) => action.name === 'override-freeze' && action.allowed && !action.reason);
  const from = upgrade.from ? group.clusters[upgrade.from] : undefined;
  return (
    <section class="panel upgrade-head">
      <div class="row">
        <h2>
          {upgrade.mode.toLowerCase()} {upgrade.from ? `${upgrade.from} ${isRunning ? (from?.manifest?.version ?? '') : ''} ` : ''}→ {upgrade.to}{' '}
          {upgrade.manifest.version}
        </h2>
        <State kind={kind}>{t(word)}</State>
        <span class="muted">
          {t('{who} since {time}', upgrade.requestedBy, moment(upgrade.startedAt))}
          {data.endedAt ? ` ${t('until {time}', moment(data.endedAt))}` : ''}
          {!data.endedAt && (
            <>
              {' '}
              (<Ago at={upgrade.startedAt} />)
            </>
          )}
        </span>
      </div>
      <p class="reason">“{upgrade.reason}”</p>
      {times && (
        <p class="muted">
          {t('total {a}, paused {b}, waited for people {c}', durationOf(times.total), durationOf(times.paused), durationOf(times.waitedForPeople))}
        </p>
      )}
      {isRunning ? (
        <>
          <Actions group={group} names={[
              'approve',
              'skip',
              'pause',
              'resume',
              'abort',
              // Of use to an admin while a freeze holds the upgrade; to others it says nothing.
              ...(frozen ? ['override-freeze'] : []),
            ]} planHash={upgrade.planHash} />
        </>
      ) : (
        <Actions group={group} names={['rollback']} />
      )}
    </section>
  );
}

const KIND: Record<string, string> = { START: '▶', ROUTE: '⇄', GATE: '◷', DRAIN: '⌛', STOP: '■' };

/** The plan as a line: what is done, what runs, what comes. */
function Plan({ group, data, times, isRunning }: { group: Group; data: Upgrade; times: UpgradeTimes | undefined; isRunning: boolean }) {
  const { upgrade } = data;
  // The live view of the group is ahead of the document of the upgrade.
  const step = isRunning ? (group.upgrade?.step ?? upgrade.step) : upgrade.step;
  const done = data.status === 'COMPLETED' ? upgrade.steps.length : step;
  return (
    <section class="panel" aria-labelledby="plan-title">
      <h2 id="plan-title">{upgrade.aborting || data.status === 'ABORTED' ? t('Plan: the way back') : t('Plan')}</h2>
      <ol class="plan" tabIndex={0} aria-labelledby="plan-title">
        {upgrade.steps.map((one, index) => {
          const state = index < done ? 'done' : index === done && isRunning ? 'now' : 'next';
          const spent = times?.steps.filter((time) => time.step === index) ?? [];
          const total = spent.reduce((sum, time) => sum + seconds(time.time), 0);
          const attempts = Math.max(1, ...spent.map((time) => time.attempts));
          return (
            <li key={index} class={state} aria-current={state === 'now' ? 'step' : undefined}>
              <span class="dot" aria-hidden="true">
                {state === 'done' ? '✓' : KIND[one.kind]}
              </span>
              <span class="what">
                {one.title}
                <small>
                  {state === 'done' ? t('done') : state === 'now' ? (upgrade.paused ? t('paused') : t('running')) : t('to come')}
                  {spent.length > 0 && state !== 'next' ? ` · ${durationOf(`PT${Math.round(total * 1000) / 1000}S`)}` : ''}
                  {attempts > 1 ? ` · ${t('attempt {n}', attempts)}` : ''}
                </small>
              </span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

/** What the running step has and what it lacks, as the reactor sees it. */
function Now({ group, data, gates }: { group: Group; data: Upgrade; gates: GateJudgement[] }) {
  const running = group.upgrade!;
  const step = data.upgrade.steps[running.step];
  const names = [...new Set([...Object.keys(running.missing), ...Object.keys(running.seen)])].sort();
  return (
    <section class="panel" aria-labelledby="now-title">
      <h2 id="now-title">
        {t('Now')}: {running.title}{' '}
        <small class="muted">
          <Ago at={running.stepStartedAt} />
          {step?.timeout && ` / ${durationOf(step.timeout)}`}
        </small>
      </h2>
      {names.length > 0 ? (
        <Table caption={t('What the step has and what it lacks')} head={[t('Of'), t('State'), t('Detail')]} class="short">
          {names.map((name) => {
            const lacks = running.missing[name];
            return (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{lacks === undefined ? <State kind="good">{t('there')}</State> : <State kind="wait">{t('missing')}</State>}</td>
                <td title={lacks}>{brief(lacks ?? running.seen[name] ?? '')}</td>
              </tr>
            );
          })}
        </Table>
      ) : (
        <p class="muted">{running.paused ? t('Paused: nothing is waited for.') : t('Nothing is missing; the next step follows.')}</p>
      )}
      {gates
        .filter((gate) => gate.upgradeId === running.upgradeId && gate.step === running.step)
        .map((gate) => (
          <div key={gate.gate} class="gate-live">
            <h3>
              {t('Gate')} {gate.gate} {verdict(gate.verdict ?? undefined)} {gate.at && <small class="muted">{moment(gate.at)}</small>}
            </h3>
            <Needed gate={data.upgrade.stages.find((stage) => stage.name === gate.stage)?.gates.find((one) => one.name === gate.gate)} evidence={gate.evidence} />
            <Pairs of={gate.evidence} />
          </div>
        ))}
    </section>
  );
}

function verdict(said: string | undefined) {
  return said === 'PASS' ? (
    <State kind="good">PASS</State>
  ) : said === 'FAIL' ? (
    <State kind="bad">FAIL</State>
  ) : (
    <State kind="wait">{said ?? t('no verdict yet')}</State>
  );
}

/** How many more requests a metric gate needs, where its evidence counts them. */
function Needed({ gate, evidence }: { gate: Gate | undefined; evidence: Record<string, string> }) {
  if (!gate || !('minimumRequests' in gate)) return null;
  const seen = Number(/(\d+) requests/.exec(evidence['canary'] ?? '')?.[1] ?? NaN);
  const needed = Number(evidence['needed'] ?? gate.minimumRequests);
  if (Number.isNaN(seen) || Number.isNaN(needed)) return null;
  const lacking = Math.max(0, needed - seen);
  return (
    <p>
      <progress max={needed} value={Math.min(seen, needed)} aria-label={t('Requests seen')} />{' '}
      {lacking ? t('{n} more requests are needed for a verdict', lacking) : t('{n} requests, enough for a verdict', seen)}
    </p>
  );
}

function Stages(props: { group: Group; data: Upgrade; gates: GateJudgement[]; judged: HistoryEntry[]; isRunning: boolean }) {
  const { data } = props;
  const step = data.upgrade.steps[data.upgrade.step];
  const said = (stage: Stage, gate: Gate): { verdict?: string; evidence: string; at?: string } | undefined => {
    const past = [...props.judged].reverse().find((entry) => entry.event['stage'] === stage.name && entry.event['gate'] === gate.name);
    if (!past) return undefined;
    const evidence = past.event['evidence'] as Record<string, string> | undefined;
    return {
      verdict: past.event['verdict'] as string,
      evidence: Object.entries(evidence ?? {})
        .map(([name, text]) => (name === 'judged by' ? text : `${name} ${text}`))
        .join(', '),
      at: past.at,
    };
  };
  return (
    <section class="panel" aria-labelledby="stages-title">
      <h2 id="stages-title">{t('Stages')}</h2>
      <Table caption={t('Stages')} head={[t('Stage'), t('Who'), t('Gate'), t('Verdict'), t('Evidence')]}>
        {data.upgrade.stages.flatMap((stage) => {
          const isNow = props.isRunning && step?.stage === stage.name;
          const gates = stage.gates.length ? stage.gates : [null];
          return gates.map((gate, index) => {
            const told = gate ? said(stage, gate) : undefined;
            return (
              <tr key={`${stage.name}/${gate?.name}`} class={isNow ? 'strong' : undefined}>
                {index === 0 && (
                  <>
                    <th scope="row" rowSpan={gates.length}>
                      {stage.name}
                      {isNow && <small>{t('now')}</small>}
                      <small>
                        {[
                          stage.deadline && t('deadline {time}', durationOf(stage.deadline)),
                          stage.onFail && t('a FAIL: {what}', stage.onFail.toLowerCase().replace('_', ' ')),
                        ]
                          .filter(Boolean)
                          .join(', ')}
                      </small>
                    </th>
                    <td rowSpan={gates.length} title={reach(stage.rule)}>
                      {whom(stage.rule)}
                    </td>
                  </>
                )}
                <td>
                  {gate ? (
                    <>
                      {gate.name} <small>{gateInWords(gate)}</small>
                    </>
                  ) : (
                    <span class="muted">{t('none')}</span>
                  )}
                </td>
                <td>{told ? verdict(told.verdict) : isNow && gate ? <State kind="wait">{t('waits')}</State> : <span class="muted">–</span>}</td>
                <td>
                  {told?.evidence ?? ''}
                  {isNow && gate?.type === 'approval' && data.upgrade.approvedBy.length > 0 && t('approved by {who}', data.upgrade.approvedBy.join(', '))}
                </td>
              </tr>
            );
          });
        })}
      </Table>
      {props.isRunning && <Actions group={props.group} names={['repeat']} />}
    </section>
  );
}
