// The page's address: what it says is what is shown, so that a view can be bookmarked.
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { addressOf, type Place, placeIn, SCREENS } from '../../../../cli/console/pages/address.ts';
import { CONDITION_NAMES, conditionsOf, filterIn, toggled } from '../../../../cli/console/pages/filter.ts';
import { tokenIn } from '../../../../cli/console/pages/session.ts';

const text = fc.string({ minLength: 1, unit: 'grapheme' });
const query = fc.dictionary(fc.constantFrom(...CONDITION_NAMES), text);
const place: fc.Arbitrary<Place> = fc.oneof(
  fc.record({ screen: fc.constantFrom(...SCREENS), query }),
  fc.record({ screen: fc.constant('messages' as const), messageId: text, query }),
);

it('an address leads to the place that it was made of', () => {
  fc.assert(
    fc.property(place, (there) => {
      expect(placeIn(addressOf(there))).toEqual(there);
    }),
  );
});

it('an address never holds a token', () => {
  fc.assert(
    fc.property(place, (there) => {
      expect(tokenIn(addressOf(there))).toBeUndefined();
    }),
  );
});

it.each(['', '#', '#/', '#/nowhere', '#/nowhere/x?kind=expired', '#main'])(
  '%j leads to the overview',
  (fragment) => {
    expect(placeIn(fragment)).toEqual({ screen: 'overview', query: {} });
  },
);

it('a message id that cannot be read leads to the list', () => {
  expect(placeIn('#/messages/%E0%A4%A')).toEqual({ screen: 'messages', query: {} });
});

it('only conditions of the command line are a filter, and blank ones are none', () => {
  expect(filterIn({ kind: 'expired', sort: 'oldest', match: '  ', constructor: 'x' })).toEqual({
    kind: 'expired',
  });
  expect(conditionsOf({ kind: 'expired', match: '' })).toEqual([['kind', 'expired']]);
});

it.each([
  [undefined, 'a', 'a'],
  ['a', 'b', 'a,b'],
  ['a,b,c', 'b', 'a,c'],
  ['a', 'a', ''],
])('%j with %j taken or given is %j', (list, value, result) => {
  expect(toggled(list, value)).toBe(result);
});

const TOKEN = 'J3pXfGkz8mQ0b7w_rT-yN1sVhCdLuEoA2i4M6K9xZ5g';

it.each([
  [`#token=${TOKEN}`],
  [`http://127.0.0.1:9330/#token=${TOKEN}`],
  [`  http://127.0.0.1:9330/#token=${TOKEN}\n`],
  [`token=${TOKEN}`],
])('the token of %j is found', (link) => {
  expect(tokenIn(link)).toBe(TOKEN);
});

it.each(['', 'http://127.0.0.1:9330/', '#token=', '#token=short', `#/messages?match=${TOKEN}`])(
  '%j has no token',
  (link) => {
    expect(tokenIn(link)).toBeUndefined();
  },
);
