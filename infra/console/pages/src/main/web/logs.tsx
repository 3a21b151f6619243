import { useSignal } from '@preact/signals';
import { address, get, Problem, query } from './api';
import { t } from './i18n';
import { instant } from './format';
import { place, setParameter } from './router';
import { Choice, Copyable, Empty, Failed, Loading, Moment, Shown, State, Table, useResource } from './ui';
import { useEffect } from 'preact/hooks';

type Document = Record<string, unknown>;

const AUDIT = ['q', 'group', 'cluster', 'upgrade', 'actor', 'action', 'from', 'to'] as const;
const REQUESTS = ['service', 'user', 'outcome', 'cluster', 'trace', 'minDurationMs', 'from', 'to'] as const;

const LABEL: Record<string, string> = {
  q: 'Words',
  group: 'Group',
  cluster: 'Cluster',
  upgrade: 'Upgrade',
  actor: 'Who',
  action: 'Action',
  from: 'From',
  to: 'Until',
  service: 'Service',
  user: 'User',
  outcome: 'Outcome',
  trace: 'Trace',
  minDurationMs: 'At least ms',
};

/** A member of a document by its path with dots. */
export function at(document: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, name) => (inner && typeof inner === 'object' ? (inner as Document)[name] : undefined), document);
}

const text = (document: Document, path: string): string => {
  const found = at(document, path);
  return found === undefined || found === null ? '' : Array.isArray(found) ? found.join(', ') : String(found);
};

export function LogsPage() {
  const search = place.value.search;
  const kind = search.get('of') === 'requests' ? 'requests' : 'audit';
  const names: readonly string[] = kind === 'audit' ? AUDIT : REQUESTS;
  const filter = Object.fromEntries(names.map((name) => [name, name === 'from' || name === 'to' ? instant(search.get(name) ?? '') : (search.get(name) ?? '')]));
  return (
    <>
      <header class="title">
        <h1>{kind === 'audit' ? t('Audit') : t('Requests')}</h1>
        <Choice
          label={t('What is searched')}
          value={kind}
          options={[
            ['audit', t('State changes')],
            ['requests', t('Requests')],
          ]}
          onChoose={(value) => setParameter('of', value === 'audit' ? '' : value)}
        />
      </header>
      <div class="fields filter">
        {names.map((name) => (
          <label key={kind + name} class="field">
            <span>{t(LABEL[name]!)}</span>
            {name === 'outcome' ? (
              <select value={search.get(name) ?? ''} onChange={(event) => setParameter(name, event.currentTarget.value)}>
                <option value="">{t('all')}</option>
                <option value="success">success</option>
                <option value="failure">failure</option>
                <option value="unknown">unknown</option>
              </select>
            ) : (
              <input type={name === 'from' || name === 'to' ? 'datetime-local' : 'search'} value={search.get(name) ?? ''} onChange={(event) => setParameter(name, event.currentTarget.value)} />
            )}
          </label>
        ))}
      </div>
      <Found key={kind + JSON.stringify(filter)} kind={kind} filter={filter} />
      {kind === 'audit' && search.get('group') && <Complete group={search.get('group')!} />}
    </>
  );
}

function Found({ kind, filter }: { kind: 'audit' | 'requests'; filter: Record<string, string> }) {
  const documents = useSignal<Document[]>([]);
  const next = useSignal<string | null | undefined>(undefined);
  const problem = useSignal<Problem | null>(null);
  const open = useSignal<Document | null>(null);
  const read = async (after: string | null): Promise<void> => {
    problem.value = null;
    try {
      const page = await get<{ events?: Document[]; requests?: Document[]; next: string | null }>(query(kind === 'audit' ? '/api/audit' : '/api/requests', { ...filter, limit: 100, after }));
      documents.value = [...documents.peek(), ...(page.events ?? page.requests ?? [])];
      next.value = page.next;
    } catch (failure) {
      if (!(failure instanceof Problem)) throw failure;
      problem.value = failure;
    }
  };
  useEffect(() => void read(null), []);
  if (problem.value) return <Failed problem={problem.value} retry={() => void read(next.peek() ?? null)} />;
  if (next.value === undefined) return <Loading what={kind === 'audit' ? t('state changes') : t('requests')} />;
  if (!documents.value.length) return <Empty>{t('Nothing fits the filter.')}</Empty>;
  const toggle = (document: Document): void => {
    open.value = open.peek() === document ? null : document;
  };
  return (
    <>
      <Table
        caption={kind === 'audit' ? t('State changes, newest first') : t('Requests, newest first')}
        head={kind === 'audit' ? [t('When'), t('Who'), t('Group'), t('What')] : [t('When'), t('Service'), t('What'), t('Outcome'), t('Time'), t('User'), t('Cluster')]}
      >
        {documents.value.map((document) => (
          <tr key={text(document, 'event.id')} class={open.value === document ? 'strong' : undefined}>
            <td>
              <Moment at={text(document, '@timestamp')} />
            </td>
            {kind === 'audit' ? (
              <>
                <td>{text(document, 'user.id') || '–'}</td>
                <td>{text(document, 'tricolor.group.id')}</td>
                <th scope="row">
                  <button type="button" class="link" aria-expanded={open.value === document} onClick={() => toggle(document)}>
                    {text(document, 'message')}
                  </button>
                  {open.value === document && <Copyable label={t('Document')} text={JSON.stringify(document, null, 2)} />}
                </th>
              </>
            ) : (
              <>
                <td>{text(document, 'service.name')}</td>
                <th scope="row">
                  <button type="button" class="link" aria-expanded={open.value === document} onClick={() => toggle(document)}>
                    {text(document, 'event.action') || text(document, 'message')}
                  </button>{' '}
                  <small class="mono">{text(document, 'url.path')}</small>
                  {open.value === document && <Copyable label={t('Document')} text={JSON.stringify(document, null, 2)} />}
                </th>
                <td>
                  <State kind={text(document, 'event.outcome') === 'success' ? 'good' : text(document, 'event.outcome') === 'failure' ? 'bad' : 'off'}>
                    {text(document, 'http.response.status_code') || text(document, 'event.outcome')}
                  </State>
                </td>
                <td class="num">{Math.round(Number(text(document, 'event.duration')) / 1e5) / 10} ms</td>
                <td>{text(document, 'user.id')}</td>
                <td>{text(document, 'tricolor.cluster.name')}</td>
              </>
            )}
          </tr>
        ))}
      </Table>
      {next.value && (
        <button type="button" onClick={() => void read(next.peek() ?? null)}>
          {t('Read on')}
        </button>
      )}
    </>
  );
}

function Complete({ group }: { group: string }) {
  const report = useResource(address('/api/audit/completeness', {}, { group }));
  return (
    <section class="panel">
      <h2>{t('Is all of {name} there?', group)}</h2>
      <Shown of={report}>
        {(data) => (
          <>
            <p>{data.complete ? <State kind="good">{t('complete')}</State> : <State kind="bad">{t('not complete')}</State>}</p>
            <Table caption={t('Streams')} head={[t('Stream'), t('Events'), t('Found')]}>
              {data.streams.map((stream) => (
                <tr key={stream.topic + stream.subject}>
                  <th scope="row" class="mono">
                    {stream.subject} <small>{stream.topic}</small>
                  </th>
                  <td class="num">{stream.events}</td>
                  <td class="num">{stream.documents}</td>
                </tr>
              ))}
            </Table>
          </>
        )}
      </Shown>
    </section>
  );
}
