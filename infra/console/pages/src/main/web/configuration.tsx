import { useSignal } from '@preact/signals';
import { useId, useMemo } from 'preact/hooks';
import { address, api, get, key, may, order, Problem, query, session } from './api';
import { curl } from './format';
import { t } from './i18n';
import { Link, place, setParameter } from './router';
import type { config } from './openapi';
import type { Comparison } from './types';
import { Button, CommandDialog, Dialog, Empty, Failed, Field, Moment, SameByHand, Shown, State, Table, useDialog, useResource } from './ui';

const parts = (namespace: string): { application: string; profile: string; label: string } => {
  const [application = '', profile = '', ...label] = namespace.split('/');
  // A slash in a label is written as Spring Cloud Config writes it.
  return { application, profile, label: label.join('(_)') || 'main' };
};

const path = (namespace: string, ...more: string[]): string => {
  const { application, profile, label } = parts(namespace);
  return api('config', application, profile, label, ...more);
};

export function ConfigurationPage() {
  const namespaces = useResource(address('/api/config', {}, { limit: 1000 }));
  const chosen = place.value.search.get('ns');
  const name = useSignal('');
  return (
    <>
      <header class="title">
        <h1>{t('Configuration')}</h1>
      </header>
      <div class="split">
        <section class="panel">
          <h2>{t('Namespaces')}</h2>
          <Shown of={namespaces} what={t('namespaces')}>
            {(data) =>
              data.namespaces.length ? (
                <Table caption={t('Namespaces')} head={[t('Namespace'), t('Revision'), t('Published'), t('Who')]}>
                  {data.namespaces.map((one) => (
                    <tr key={one.namespace} class={one.namespace === chosen ? 'strong' : undefined}>
                      <th scope="row">
                        <Link to={query('/configuration', { ns: one.namespace })}>{one.namespace}</Link>
                      </th>
                      <td class="num">{one.revision}</td>
                      <td>
                        <Moment at={one.publishedAt} />
                      </td>
                      <td>{one.actor}</td>
                    </tr>
                  ))}
                </Table>
              ) : (
                <Empty>{t('Nothing has been published yet.')}</Empty>
              )
            }
          </Shown>
          <form
            class="inline"
            onSubmit={(event) => {
              event.preventDefault();
              setParameter('ns', name.value.trim());
            }}
          >
            <Field label={t('Another namespace')} value={name} placeholder="shop/prod/main" />
            <button type="submit">{t('Open')}</button>
          </form>
        </section>
        {chosen && <Namespace key={chosen} name={chosen} again={namespaces[1]} />}
      </div>
    </>
  );
}

function Namespace({ name, again }: { name: string; again: () => void }) {
  const revisions = useResource(address('/api/config/{application}/{profile}/{label}/revisions', parts(name), { limit: 100 }));
  const current = useResource(address('/api/config/{application}/{profile}/{label}/revisions/{revision}', { ...parts(name), revision: 'current' }));
  // There is none most of the time, which is no failure.
  const [draft, readDraft] = useResource(address('/api/config/{application}/{profile}/{label}/draft', parts(name)), { poll: 10_000 });
  const there = draft.problem?.status === 404 ? undefined : draft.data;
  const editing = useDialog();
  const drafting = useDialog();
  const rolling = useDialog();
  const target = useSignal(0);
  const publisher = may('config-publisher');
  const refused = publisher ? undefined : t('needs the role config-publisher');
  const isNew = current[0].problem?.status === 404;
  const reload = (): void => {
    revisions[1]();
    current[1]();
    readDraft();
    again();
  };
  const newest = revisions[0].data?.revisions[0]?.revision ?? 0;
  return (
    <div>
      <section class="panel">
        <h2>{name}</h2>
        <div class="actions">
          <Button refused={refused} onPress={() => (editing.value = true)}>
            {t('Publish a revision')}
          </Button>
          <Button refused={may('config-editor', 'config-publisher') ? undefined : t('needs the role config-editor')} onPress={() => (drafting.value = true)}>
            {there ? t('Change the draft') : t('Write a draft')}
          </Button>
        </div>
        {isNew ? (
          <Empty>{t('It has no revision yet.')}</Empty>
        ) : (
          <Shown of={current}>
            {(data) =>
              Object.keys(data.properties).length ? (
                <Table caption={t('Values of revision {n}', data.revision.revision)} head={[t('Key'), t('Value')]}>
                  {Object.entries(data.properties).map(([one, value]) => (
                    <tr key={one}>
                      <th scope="row" class="mono">
                        {one}
                      </th>
                      <td class="mono">{typeof value === 'object' ? JSON.stringify(value) : String(value)}</td>
                    </tr>
                  ))}
                </Table>
              ) : (
                <Empty>{t('It has no keys.')}</Empty>
              )
            }
          </Shown>
        )}
        <Dialog title={t('Publish: {name}', name)} open={editing} wide>
          <Publish name={name} properties={current[0].data?.properties ?? {}} revision={current[0].data?.revision.revision} close={() => (editing.value = false)} done={reload} />
        </Dialog>
        <Dialog title={t('Draft: {name}', name)} open={drafting} wide>
          <WriteDraft
            name={name}
            properties={there?.properties ?? current[0].data?.properties ?? {}}
            version={there?.draft.version ?? 0}
            base={current[0].data?.revision.revision}
            close={() => (drafting.value = false)}
            done={readDraft}
          />
        </Dialog>
      </section>
      {there && <Draft name={name} draft={there} newest={newest} done={reload} />}
      {!isNew && (
        <section class="panel">
          <h2>{t('Revisions, newest first')}</h2>
          <Shown of={revisions}>
            {(data) => (
              <Table caption={t('Revisions')} head={[t('Revision'), t('Published'), t('Who'), t('Changed'), t('Why'), t('Go back')]}>
                {data.revisions.map((one) => (
                  <tr key={one.revision}>
                    <th scope="row" class="num">
                      {one.revision}
                    </th>
                    <td>
                      <Moment at={one.publishedAt} />
                    </td>
                    <td>{one.actor}</td>
                    <td>
                      {one.changedKeys?.join(', ')}
                      {one.revision > 1 && <Change name={name} from={one.revision - 1} to={one.revision} />}
                    </td>
                    <td>{one.reason}</td>
                    <td>
                      {one.revision === newest ? (
                        <span class="muted">{t('current')}</span>
                      ) : (
                        <Button
                          refused={refused}
                          onPress={() => {
                            target.value = one.revision;
                            rolling.value = true;
                          }}
                        >
                          {t('Go back to {release}', one.revision)}
                        </Button>
                      )}
                    </td>
                  </tr>
                ))}
              </Table>
            )}
          </Shown>
          <CommandDialog
            open={rolling}
            command={{
              title: t('Back to revision {n} of {name}', target.value, name),
              button: t('Go back'),
              danger: true,
              facts: <Change name={name} from={newest} to={target.value} open />,
              method: 'POST',
              path: path(name, 'rollbacks'),
              body: { revision: target.value },
              words: ['config', 'rollback', name, '--to', String(target.value)],
              done: reload,
            }}
          />
        </section>
      )}
    </div>
  );
}

function Change({ name, from, to, open }: { name: string; from: number; to: number; open?: boolean }) {
  const isOpen = useSignal(open ?? false);
  const diff = useResource(isOpen.value && from > 0 && to > 0 ? address('/api/config/{application}/{profile}/{label}/diff', parts(name), { from, to }) : null);
  if (open) return <Shown of={diff}>{(data) => <Differences of={data} />}</Shown>;
  return (
    <details onToggle={(event) => (isOpen.value = event.currentTarget.open)}>
      <summary>{t('What changed')}</summary>
      {isOpen.value && <Shown of={diff}>{(data) => <Differences of={data} />}</Shown>}
    </details>
  );
}

/** What somebody has written and somebody may publish: where two people are needed, not who wrote it. */
function Draft({ name, draft, newest, done }: { name: string; draft: config.DraftWithContent; newest: number; done: () => void }) {
  const publishing = useDialog();
  const dropping = useSignal<Problem | null>(null);
  const { authors, base, updatedAt, version } = draft.draft;
  const isMine = authors.includes(session.value?.subject ?? '');
  const isOld = base !== newest;
  const drop = async (): Promise<void> => {
    try {
      await order('DELETE /api/config/{application}/{profile}/{label}/draft', parts(name), undefined, { ifMatch: version });
      done();
    } catch (failure) {
      if (!(failure instanceof Problem)) throw failure;
      dropping.value = failure;
    }
  };
  return (
    <section class="panel draft" aria-labelledby="draft-title">
      <h2 id="draft-title">
        {t('Draft')} <State kind="wait">{t('waits to be published')}</State>
      </h2>
      <p>
        {t('By {who}, on revision {n}', authors.join(', '), base)}, <Moment at={updatedAt} />. {t('No application sees it.')}{' '}
        {isMine && <State kind="warn">{t('you have written in it: where two people are needed, another one publishes it')}</State>}
        {isOld && <State kind="bad">{t('revision {n} came in between: look at it, and write the draft again', newest)}</State>}
      </p>
      <Differences of={draft} />
      {dropping.value && <Failed problem={dropping.value} />}
      <div class="actions">
        <Button class="primary" refused={may('config-publisher') ? undefined : t('needs the role config-publisher')} onPress={() => (publishing.value = true)}>
          {t('Publish the draft')}
        </Button>
        <Button class="danger" refused={may('config-editor', 'config-publisher') ? undefined : t('needs the role config-editor')} onPress={() => void drop()}>
          {t('Throw it away')}
        </Button>
      </div>
      <CommandDialog
        open={publishing}
        command={{
          title: t('Publish the draft of {name}', name),
          button: t('Publish'),
          facts: <Differences of={draft} />,
          method: 'POST',
          path: path(name, 'draft', 'publication'),
          options: { ifMatch: version },
          words: ['config', 'draft', 'publish', name],
          done,
        }}
      />
    </section>
  );
}

function WriteDraft(props: { name: string; properties: Record<string, unknown>; version: number; base: number | undefined; close: () => void; done: () => void }) {
  const text = useSignal(JSON.stringify(props.properties, null, 2));
  const problem = useSignal<Problem | null>(null);
  const once = useMemo(key, []);
  const id = useId();
  const { properties, wrong } = typedValues(text.value);
  const body = { properties, ...(props.base ? { base: props.base } : {}) };
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    problem.value = null;
    try {
      await order('PUT /api/config/{application}/{profile}/{label}/draft', parts(props.name), body, { idempotencyKey: once, ifMatch: props.version });
      props.close();
      props.done();
    } catch (failure) {
      if (!(failure instanceof Problem)) throw failure;
      problem.value = failure;
    }
  };
  return (
    <form onSubmit={(event) => void save(event)}>
      <p class="facts">{t('Nothing changes by it: a draft is checked and kept until somebody publishes it.')}</p>
      <label for={id} class="field">
        <span>{t('Values as JSON')}</span>
        <textarea id={id} class="mono" rows={12} spellcheck={false} value={text.value} onInput={(event) => (text.value = event.currentTarget.value)} />
      </label>
      {wrong && <p class="problem">{wrong}</p>}
      {problem.value && <Failed problem={problem.value} />}
      <SameByHand words={['config', 'draft', 'save', props.name, '-f', 'values.yaml']} line={curl('PUT', path(props.name, 'draft'), body)} />
      <footer>
        <button type="button" onClick={props.close}>
          {t('Cancel')}
        </button>
        <button type="submit" class="primary" disabled={!!wrong}>
          {t('Keep the draft')}
        </button>
      </footer>
    </form>
  );
}

/** What was typed as JSON, or what is wrong with it. */
function typedValues(text: string): { properties: Record<string, unknown>; wrong: string } {
  try {
    const typed: unknown = JSON.parse(text);
    if (typeof typed === 'object' && typed !== null && !Array.isArray(typed)) return { properties: typed as Record<string, unknown>, wrong: '' };
    return { properties: {}, wrong: t('An object of keys and values stands here.') };
  } catch {
    return { properties: {}, wrong: t('This is no JSON.') };
  }
}

function Differences({ of }: { of: Pick<Comparison, 'added' | 'removed' | 'changed'> }) {
  const rows: [string, unknown, unknown][] = [
    ...Object.entries(of.added).map(([name, value]): [string, unknown, unknown] => [name, undefined, value]),
    ...Object.entries(of.removed).map(([name, value]): [string, unknown, unknown] => [name, value, undefined]),
    ...Object.entries(of.changed).map(([name, change]): [string, unknown, unknown] => [name, change.from, change.to]),
  ];
  const show = (value: unknown): string => (value === undefined ? '–' : typeof value === 'object' ? JSON.stringify(value) : String(value));
  return rows.length ? (
    <Table caption={t('Differences')} head={[t('Key'), t('Before'), t('After')]} class="diff">
      {rows.map(([name, before, after]) => (
        <tr key={name}>
          <th scope="row" class="mono">
            {name}
          </th>
          <td class="before">{show(before)}</td>
          <td class="after">{show(after)}</td>
        </tr>
      ))}
    </Table>
  ) : (
    <Empty>{t('Nothing differs.')}</Empty>
  );
}

function Publish(props: { name: string; properties: Record<string, unknown>; revision: number | undefined; close: () => void; done: () => void }) {
  const text = useSignal(JSON.stringify(props.properties, null, 2));
  const reason = useSignal('');
  const problem = useSignal<Problem | null>(null);
  const comparison = useSignal<Comparison | null>(null);
  const once = useMemo(key, []);
  const id = useId();
  const { properties, wrong } = typedValues(text.value);
  const act = async (dry: boolean): Promise<void> => {
    problem.value = null;
    try {
      if (dry) {
        comparison.value = (await order('POST /api/config/{application}/{profile}/{label}/comparison', parts(props.name), { properties }, { dry: true })).body;
      } else {
        await order('POST /api/config/{application}/{profile}/{label}/revisions', parts(props.name), { properties, reason: reason.value.trim() }, { idempotencyKey: once, ifMatch: props.revision });
        await get(path(props.name, 'revisions', 'current'));
        props.close();
        props.done();
      }
    } catch (failure) {
      if (!(failure instanceof Problem)) throw failure;
      problem.value = failure;
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void act(comparison.value === null);
      }}
    >
      <label for={id} class="field">
        <span>{t('Values as JSON')}</span>
        <textarea
          id={id}
          class="mono"
          rows={12}
          spellcheck={false}
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value;
            comparison.value = null;
          }}
        />
      </label>
      {wrong && <p class="problem">{wrong}</p>}
      {comparison.value && <Differences of={comparison.value} />}
      <Field label={t('Why? The history keeps it.')} value={reason} required />
      {problem.value && <Failed problem={problem.value} />}
      <SameByHand words={['config', 'publish', props.name, '-f', 'values.yaml', '--reason', reason.value.trim() || '…']} line={curl('POST', path(props.name, 'revisions'), { properties, reason: reason.value.trim() })} />
      <footer>
        <button type="button" onClick={props.close}>
          {t('Cancel')}
        </button>
        <button type="submit" class="primary" disabled={!!wrong || !reason.value.trim()}>
          {comparison.value ? t('Publish') : t('Show what would change')}
        </button>
      </footer>
    </form>
  );
}
