// How the page asks the console's server.
import { expect, it } from 'vitest';
import { type ConsoleError, createClient, requestFor } from '../../../../cli/console/pages/console-client.ts';

it('the secret goes with every request, and no cookie does', () => {
  const { init } = requestFor('GET /api/overview', {}, 'the-secret');
  expect(init).toMatchObject({ headers: { Authorization: 'Bearer the-secret' }, credentials: 'omit' });
});

it('what is not given is not in the query', () => {
  expect(
    requestFor('GET /api/groups', { query: { kind: 'a b', match: '', key: undefined } }, undefined).url,
  ).toBe('/api/groups?kind=a+b');
});

it('a parameter stays within its place of the path', () => {
  expect(
    requestFor('GET /api/messages/:messageId', { path: { messageId: '../session?x#y' } }, undefined).url,
  ).toBe('/api/messages/..%2Fsession%3Fx%23y');
});

function answered(response: Response | Error) {
  const fetch = async () => {
    if (response instanceof Error) throw response;
    return response;
  };
  return createClient({ fetch, secret: () => undefined })
    .ask('GET /api/history', {})
    .catch(({ code, message }: ConsoleError) => ({ code, message }));
}

it('what the server says of a failure is what the page says', async () => {
  const error = { code: 'busy', message: 'An operation goes on.' };
  expect(await answered(Response.json({ error }, { status: 409 }))).toEqual(error);
});

it('an answer that is none of the server’s is a failure, too', async () => {
  expect(await answered(new Response('<html>', { status: 502 }))).toMatchObject({ code: 'failed' });
});

it('no answer at all says what may have happened and what to do', async () => {
  expect(await answered(new TypeError('Failed to fetch'))).toEqual({
    code: 'lost',
    message: expect.stringContaining('Start it again'),
  });
});
