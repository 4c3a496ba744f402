// To which queue `enqueue` sends, as people run it: what the options and the environment say reaches the SDK.
import { describe, expect, it } from 'vitest';
import { startParameterStore } from '../../client/sending/parameter-store.ts';
import { startProxy } from '../../support/proxy.ts';
import { temporaryFile } from '../../support/temporary-files.ts';
import { runCli, setSqs } from '../support/binary.ts';
import { A, bodiesSent, bodyOf } from './requests.ts';

describe('which queue', () => {
  it('may be said by the environment', async () => {
    const { tap } = await setSqs();
    const environment = { UNASSIGN_QUEUE_URL: tap.queueUrl };
    expect(await runCli(['enqueue', A], { environment })).toMatchObject({ code: 0 });
    expect(bodiesSent(tap)).toEqual([bodyOf(A)]);
  });

  it('is that of the local system with --local, without credentials', async () => {
    const { sqs } = await setSqs();
    const args = ['enqueue', '--local', '--port', new URL(sqs.endpoint).port, A];
    const environment = {
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_REGION: undefined,
    };
    expect(await runCli(args, { environment })).toMatchObject({ code: 0 });
  });

  it('is reached by FIPS and through the proxy, as the environment says', async () => {
    const proxy = await startProxy(403);
    const environment = { AWS_USE_FIPS_ENDPOINT: 'true', HTTPS_PROXY: proxy.url };
    const queueUrl = 'https://sqs.us-east-1.amazonaws.com/123456789012/unassign';
    const { code, stderr } = await runCli(['enqueue', '--queue-url', queueUrl, A], { environment });
    expect(code).toBe(1);
    expect(stderr).toContain('The proxy makes no connection (403): check HTTPS_PROXY');
    expect(new Set(proxy.asked)).toEqual(new Set(['CONNECT sqs-fips.us-east-1.amazonaws.com:443']));
  });

  it('is not looked for where a proxy is none', async () => {
    const environment = { HTTPS_PROXY: 'http://name:a-password@ proxy' };
    const { code, stderr } = await runCli(
      ['enqueue', '--queue-url', 'https://sqs.us-east-1.amazonaws.com/1/x', A],
      {
        environment,
      },
    );
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: "The environment variable HTTPS_PROXY: expected a proxy's address such as http://proxy:3128.\n",
    });
  });

  it('of --local that does not run is told', async () => {
    const { sqs } = await setSqs();
    await sqs.close();
    const { code, stderr } = await runCli(['enqueue', '--local', '--port', new URL(sqs.endpoint).port, A]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/is `npm start` running\?/);
  });

  it('that does not exist is told', async () => {
    const { tap } = await setSqs();
    const { code, stderr } = await runCli(['enqueue', '--queue-url', `${tap.queueUrl}-not`, A]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^There is no such queue in us-east-1/);
    expect(stderr).not.toMatch(/endpoint|\n\s+at /);
  });

  it.each([
    ['the credentials of a profile', ['--profile', 'ops'], /Credential=OPS\/\d+\/eu-west-3\/ssm/],
    ['another region', ['--region', 'eu-north-1'], /Credential=test\/\d+\/eu-north-1\/ssm/],
  ])('is found by the stage, with %s', async (_, options, authorization) => {
    const { tap } = await setSqs();
    const authorizations: (string | undefined)[] = [];
    const parameters = { '/camunda-unassign/prod/queue-url': tap.queueUrl };
    const profiles = '[profile ops]\nregion=eu-west-3\naws_access_key_id=OPS\naws_secret_access_key=x\n';
    const environment = {
      AWS_CONFIG_FILE: await temporaryFile('config', profiles),
      AWS_ENDPOINT_URL_SSM: await startParameterStore(parameters, {
        asked: ({ headers }) => authorizations.push(headers.authorization),
      }),
      AWS_ENDPOINT_URL_SQS: new URL(tap.queueUrl).origin,
      AWS_REGION: undefined,
    };
    const args = ['enqueue', A, '--stage', 'prod', ...options];
    expect(await runCli(args, { environment })).toMatchObject({ code: 0 });
    expect(authorizations).toEqual([expect.stringMatching(authorization)]);
    expect(bodiesSent(tap)).toEqual([bodyOf(A)]);
  });

  it('of a stage that is not deployed is told', async () => {
    const environment = { AWS_ENDPOINT_URL_SSM: await startParameterStore({}) };
    const { code, stderr } = await runCli(['enqueue', A, '--stage', 'prod'], { environment });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^There is no such stage in us-east-1.*Is it deployed\?/);
  });

  it.each<[string, Record<string, undefined>, RegExp]>([
    [
      'credentials',
      { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined },
      /^No AWS credentials: say --profile/,
    ],
    ['a region', { AWS_REGION: undefined }, /^No AWS region: say --region/],
  ])('cannot be reached without %s', async (_, environment, words) => {
    const { tap } = await setSqs();
    const { code, stderr } = await runCli(['enqueue', '--queue-url', tap.queueUrl, A], { environment });
    expect(code).toBe(1);
    expect(stderr).toMatch(words);
  });
});
