// Every situation that the stand-in knows, once: a new one does not compile until it is here.
import type { Situation, SituationName } from '../../../../infra/local/stand-in/answers.ts';

const KEY = '2251799813685249';

const BY_NAME: { readonly [K in SituationName]: Extract<Situation, { is: K }> } = {
  done: { is: 'done' },
  'not-found': { is: 'not-found', key: KEY },
  'in-transition': { is: 'in-transition', key: KEY, state: 'ASSIGNING' },
  denied: { is: 'denied', key: KEY, reason: 'not on Sundays' },
  'already-assigned': { is: 'already-assigned', key: KEY },
  suspended: { is: 'suspended', instance: '2251799813685300' },
  banned: { is: 'banned', instance: '2251799813685300' },
  forbidden: { is: 'forbidden', key: KEY, processDefinitionId: 'request' },
  'no-partition': { is: 'no-partition' },
  exhausted: { is: 'exhausted', partition: '1' },
  'disk-full': { is: 'disk-full', partition: '1' },
  paused: { is: 'paused', partition: '1' },
  'no-broker': { is: 'no-broker' },
  timeout: { is: 'timeout' },
  cut: { is: 'cut' },
  internal: { is: 'internal', message: 'no such thing' },
  'no-such-document': { is: 'no-such-document', key: KEY },
  unreadable: { is: 'unreadable' },
  'no-storage': { is: 'no-storage' },
  'bad-key': { is: 'bad-key', text: 'abc' },
  'not-json': { is: 'not-json' },
  'no-body': { is: 'no-body' },
  'bad-media-type': { is: 'bad-media-type', type: undefined },
  'bad-property': { is: 'bad-property', path: 'filter.owner' },
  'bad-enum': { is: 'bad-enum', field: 'order', value: 'dsc', allowed: ['ASC', 'DESC'] },
  'bad-date': { is: 'bad-date', field: 'dueDate', value: 'soon' },
  'no-assignee': { is: 'no-assignee' },
  'no-sort-field': { is: 'no-sort-field' },
  'empty-page': { is: 'empty-page' },
  'ambiguous-page': { is: 'ambiguous-page' },
  'bad-limit': { is: 'bad-limit', limit: -1 },
  'bad-cursor': { is: 'bad-cursor', cursor: 'a' },
  unauthorized: { is: 'unauthorized', detail: 'Access Denied' },
  'wrong-path': { is: 'wrong-path' },
  'wrong-method': { is: 'wrong-method', allow: 'DELETE' },
  'bad-request': { is: 'bad-request' },
};

/** One of each. */
export const SITUATIONS: readonly Situation[] = Object.values(BY_NAME);
