import { durationOf, moment } from './format';
import { t } from './i18n';
import type { Gate } from './types';

/** What a gate waits for. */
export function gateInWords(gate: Gate): string {
  if ('approvals' in gate) return t('{n} approvals, not by the requester', gate.approvals);
  if ('time' in gate) return t('{time} of bake time', durationOf(gate.time));
  if ('measure' in gate) {
    return t(
      '{what} at most {x} times the share of the serving cluster, on at least {n} requests',
      gate.measure === 'ERRORS' ? t('errors') : t('slow requests'),
      gate.toleratedRatio,
      gate.minimumRequests,
    );
  }
  if ('within' in gate || 'notBefore' in gate) {
    return [
      gate.notBefore ? t('not before {time}', moment(gate.notBefore)) : '',
      ...(gate.within ?? []).map((one) => `${one.days.map((day) => day.slice(0, 3)).join(' ')} ${one.from}–${one.to} ${one.zone}`),
    ]
      .filter(Boolean)
      .join('; ');
  }
  return gate.type;
}
