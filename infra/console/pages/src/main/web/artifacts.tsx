import { useSignal } from '@preact/signals';
import { address, may, order, Problem } from './api';
import { curl, size } from './format';
import { t } from './i18n';
import type { deploy } from './openapi';
import { Copyable, Empty, Failed, Field, Moment, Pairs, SameByHand, Shown, Table, useResource } from './ui';

/** What runs, by its content: what is stored, and what a name stands for now. */
export function ArtifactsPage() {
  const store = useResource(address('/api/artifacts', {}), { poll: 10_000 });
  return (
    <>
      <header class="title">
        <h1>{t('Artifacts')}</h1>
      </header>
      <Resolve />
      <section class="panel">
        <h2>{t('What deploy-service keeps')}</h2>
        <p class="muted">{t('By content: what was checked is what runs, also when the place that it came from is away.')}</p>
        <Shown of={store} what={t('artifacts')}>
          {(data) => (
            <>
              <p>{t('{a} of at most {b}', size(data.bytes), size(data.keepBytes))}</p>
              {data.contents.length ? (
                <Table caption={t('Artifacts')} head={['SHA-256', t('Size'), t('Last used'), t('Named by')]}>
                  {data.contents.map((one) => (
                    <tr key={one.sha256}>
                      <th scope="row" class="mono" title={one.sha256}>
                        {one.sha256.slice(0, 16)}
                      </th>
                      <td class="num">{size(one.bytes)}</td>
                      <td>
                        <Moment at={one.usedAt} />
                      </td>
                      <td>{one.namedBy.join(', ') || <span class="muted">{t('nobody')}</span>}</td>
                    </tr>
                  ))}
                </Table>
              ) : (
                <Empty>{t('It keeps nothing yet.')}</Empty>
              )}
            </>
          )}
        </Shown>
      </section>
    </>
  );
}

function Resolve() {
  const reference = useSignal('');
  const found = useSignal<deploy.Resolution | null>(null);
  const problem = useSignal<Problem | null>(null);
  const isBusy = useSignal(false);
  const typed = reference.value.trim();
  const resolve = async (event: Event): Promise<void> => {
    event.preventDefault();
    problem.value = null;
    found.value = null;
    isBusy.value = true;
    try {
      found.value = (await order('POST /api/artifacts/resolve', {}, { reference: typed }, { dry: true })).body;
    } catch (failure) {
      if (!(failure instanceof Problem)) throw failure;
      problem.value = failure;
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <section class="panel" aria-labelledby="resolve-title">
      <h2 id="resolve-title">{t('What does a name stand for now?')}</h2>
      <p class="muted">{t('A tag, LATEST, a SNAPSHOT or an address is pinned to its content: that is what a manifest names.')}</p>
      <form class="inline" onSubmit={(event) => void resolve(event)}>
        <Field label={t('Name')} value={reference} required placeholder="maven:com.example:web:LATEST" />
        <button type="submit" disabled={!may('operator') || isBusy.value || !typed}>
          {isBusy.value ? t('Sending…') : t('Pin')}
        </button>
        {!may('operator') && <span class="muted">{t('needs the role operator')}</span>}
      </form>
      {problem.value && <Failed problem={problem.value} />}
      {found.value && (
        <div class="answer" role="status">
          <Pairs
            of={{
              [t('Stands for')]: found.value.resolved,
              [t('Checked by')]: found.value.checked ?? t('nothing beside its own hash'),
              ...(found.value.bytes === null ? {} : { [t('Size')]: size(found.value.bytes) }),
            }}
          />
          <Copyable label={t('In a manifest')} text={JSON.stringify(found.value.artifact, null, 2)} />
        </div>
      )}
      {typed && <SameByHand words={['artifact', 'resolve', typed]} line={curl('POST', '/api/artifacts/resolve', { reference: typed })} />}
    </section>
  );
}
