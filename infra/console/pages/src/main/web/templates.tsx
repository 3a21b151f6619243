import { useSignal, type Signal } from '@preact/signals';
import { useId, useMemo } from 'preact/hooks';
import { address, api, key, may, order, Problem } from './api';
import { curl, durationOf, seconds, whom } from './format';
import { GroupFrame } from './group';
import { t } from './i18n';
import { groupPath, Link } from './router';
import type { Group, GroupPageProps, Plan, Template } from './types';
import { Button, CommandDialog, Dialog, Empty, Failed, Field, Moment, SameByHand, Shown, Table, useDialog, useResource } from './ui';
import { gateInWords } from './gates';

export function TemplatesPage({ groupId }: GroupPageProps) {
  return <GroupFrame groupId={groupId}>{(group) => <Templates group={group} />}</GroupFrame>;
}

const EXAMPLE: Partial<Plan> = {
  mode: 'GRAYSCALE',
  stages: [
    { name: 'friends', rule: { all: false, ids: ['1', '2', '3'], intervals: [] }, gates: [{ type: 'approval', name: 'approval', approvals: 1 }] },
    { name: 'some', rule: { all: false, ids: [], intervals: [], percent: 5 }, gates: [{ type: 'bake', name: 'bake', time: 'PT10M' }], deadline: 'PT1H' },
  ],
};

/** How a group is upgraded, whatever the release. */
function Templates({ group }: { group: Group }) {
  const templates = useResource(address('/api/groups/{groupId}/templates', group), { poll: 10_000 });
  const writing = useDialog();
  const removing = useDialog();
  const chosen = useSignal<Template | null>(null);
  const refused = may('operator') ? undefined : t('needs the role operator');
  const write = (template: Template | null): void => {
    chosen.value = template;
    writing.value = true;
  };
  return (
    <section class="panel">
      <h2>{t('Templates')}</h2>
      <p class="muted">{t('How this group is upgraded, whatever the release. Every version is kept; an upgrade is begun with one of them.')}</p>
      <div class="actions">
        <Button refused={refused} onPress={() => write(null)}>
          {t('New template')}
        </Button>
      </div>
      <Shown of={templates} what={t('templates')}>
        {(data) =>
          data.templates.length ? (
            <Table caption={t('Templates')} head={[t('Name'), t('Flow'), t('Stages'), t('Policy'), t('Set'), t('Why'), t('What can be done')]}>
              {data.templates.map((one) => (
                <tr key={one.name} data-template={one.name}>
                  <th scope="row">
                    {one.name}
                    <small>{t('version {n}', one.version)}</small>
                  </th>
                  <td>{one.template.mode.toLowerCase()}</td>
                  <td>
                    {one.template.stages.map((stage) => (
                      <p key={stage.name}>
                        <b>{stage.name}</b> {whom(stage.rule)} <small>{stage.gates.map(gateInWords).join('; ')}</small>
                      </p>
                    ))}
                    {one.template.rolling && (
                      <small>
                        {Object.entries(one.template.rolling)
                          .filter(([name]) => name !== 'gates')
                          .map(([name, value]) => `${name} ${String(value)}`)
                          .join(' · ')}
                      </small>
                    )}
                  </td>
                  <td>
                    <small>
                      {Object.entries(one.template.policy)
                        .map(([name, value]) => `${name} ${Number.isNaN(seconds(value)) ? value : durationOf(value)}`)
                        .join(' · ')}
                    </small>
                  </td>
                  <td>
                    <Moment at={one.at} /> <small>{one.setBy}</small>
                  </td>
                  <td>{one.reason}</td>
                  <td>
                    <span class="actions">
                      <Link to={`${groupPath(group.groupId, 'start')}?template=${encodeURIComponent(one.name)}`}>{t('Start with it')}</Link>
                      <Button refused={refused} onPress={() => write(one)}>
                        {t('Change')}
                      </Button>
                      <Button
                        class="danger"
                        refused={refused}
                        onPress={() => {
                          chosen.value = one;
                          removing.value = true;
                        }}
                      >
                        {t('Remove')}
                      </Button>
                    </span>
                  </td>
                </tr>
              ))}
            </Table>
          ) : (
            <Empty>{t('There is no template yet: each upgrade says by itself how it goes.')}</Empty>
          )
        }
      </Shown>
      <Write key={chosen.value?.name ?? ''} group={group} template={chosen.value} open={writing} done={templates[1]} />
      {chosen.value && (
        <CommandDialog
          open={removing}
          command={{
            title: t('Remove template {name}', chosen.value.name),
            button: t('Remove'),
            danger: true,
            facts: <p>{t('Upgrades that run are as they were; its versions stay in the history.')}</p>,
            method: 'DELETE',
            path: api('groups', group.groupId, 'templates', chosen.value.name),
            reasonInQuery: true,
            words: ['template', 'remove', group.groupId, chosen.value.name],
            done: templates[1],
          }}
        />
      )}
    </section>
  );
}

function Write(props: { group: Group; template: Template | null; open: Signal<boolean>; done: () => void }) {
  return (
    <Dialog title={props.template ? t('Change template {name}', props.template.name) : t('New template')} open={props.open} wide>
      <WriteForm {...props} close={() => (props.open.value = false)} />
    </Dialog>
  );
}

/** Shows what the service makes of it before it is written: what is left out is filled in there. */
function WriteForm({ group, template, close, done }: { group: Group; template: Template | null; close: () => void; done: () => void }) {
  const name = useSignal(template?.name ?? '');
  const text = useSignal(JSON.stringify(template?.template ?? EXAMPLE, null, 2));
  const reason = useSignal('');
  const problem = useSignal<Problem | null>(null);
  const meant = useSignal<{ version: number; changed: boolean; asked: string } | null>(null);
  const once = useMemo(key, []);
  const id = useId();
  let body: Record<string, unknown> | null = null;
  try {
    body = JSON.parse(text.value) as Record<string, unknown>;
  } catch {
    // said below
  }
  const title = name.value.trim();
  const asked = `${title} ${text.value}`;
  const isFresh = meant.value?.asked === asked;
  const act = async (event: Event): Promise<void> => {
    event.preventDefault();
    problem.value = null;
    const values = { groupId: group.groupId, name: title };
    const sent = { ...body, reason: reason.value.trim() };
    try {
      if (!isFresh) {
        const { body: answer } = await order('PUT /api/groups/{groupId}/templates/{name}', values, sent, { dry: true, query: { dryRun: true } });
        meant.value = { version: answer.version, changed: answer.changed, asked };
      } else {
        await order('PUT /api/groups/{groupId}/templates/{name}', values, sent, { idempotencyKey: once, ifMatch: template?.version ?? 0 });
        close();
        done();
      }
    } catch (failure) {
      if (!(failure instanceof Problem)) throw failure;
      problem.value = failure;
    }
  };
  return (
    <form onSubmit={(event) => void act(event)}>
      {!template && <Field label={t('Name')} value={name} required hint={t('lower-case letters, digits and dashes')} />}
      <label for={id} class="field">
        <span>{t('Template as JSON')}</span>
        <textarea id={id} class="mono" rows={16} spellcheck={false} value={text.value} onInput={(event) => (text.value = event.currentTarget.value)} />
      </label>
      {!body && <p class="problem">{t('This is no JSON.')}</p>}
      <Field label={t('Why? The history keeps it.')} value={reason} required />
      {problem.value && <Failed problem={problem.value} />}
      {isFresh && meant.value && (
        <p class="facts" role="status">
          {meant.value.changed ? t('It can be carried out; it becomes version {n}.', meant.value.version) : t('Nothing differs.')}
        </p>
      )}
      <SameByHand
        words={['template', 'set', group.groupId, title || t('NAME'), '-f', 'template.yaml', '--reason', reason.value.trim() || t('…')]}
        line={curl('PUT', api('groups', group.groupId, 'templates', title || 'NAME'), { ...body, reason: reason.value.trim() })}
      />
      <footer>
        <button type="button" onClick={close}>
          {t('Cancel')}
        </button>
        <button type="submit" class="primary" disabled={!body || !title || !reason.value.trim() || (isFresh && !meant.value?.changed)}>
          {isFresh ? t('Write it') : t('Check it')}
        </button>
      </footer>
    </form>
  );
}
