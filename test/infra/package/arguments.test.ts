import { describe, expect, test } from 'vitest';
import { readPackageCommand } from '../../../infra/package/arguments.ts';

test('without anything it is what osls deploys, of its own defaults', () => {
  expect(readPackageCommand([])).toEqual({
    action: 'package',
    oslsOptions: [],
    region: undefined,
    code: undefined,
    folder: 'dist/package',
  });
});

test('stage, region and parameters go to osls as they are', () => {
  const argv = ['--stage', 'prod', '-r', 'eu-west-1', '--param=a=b c', '--param', 'd=e=f'];
  expect(readPackageCommand(argv)).toMatchObject({
    oslsOptions: ['--stage=prod', '--region=eu-west-1', '--param=a=b c', '--param=d=e=f'],
  });
});

test('the key of the code holds the sum of the zip unless it is given', () => {
  expect(readPackageCommand(['--code-bucket', 'my-artifacts'])).toMatchObject({
    code: { bucket: 'my-artifacts', key: 'camunda-unassign/{sha256}.zip' },
  });
});

test.each(['abc', 'my.artifacts-1', `my-artifacts-\${AWS::Region}`, `\${AWS::AccountId}-\${AWS::Region}`])(
  'takes the bucket %s',
  (bucket) => {
    expect(readPackageCommand(['--code-bucket', bucket])).toMatchObject({ code: { bucket } });
  },
);

describe('refuses', () => {
  test.each([
    [['--code-bucket', 'ab'], /^--code-bucket \(ab\) expected/],
    [['--code-bucket', 'my..artifacts'], /^--code-bucket/],
    [['--code-bucket', '192.168.5.4'], /^--code-bucket/],
    [['--code-bucket', 'My-artifacts'], /^--code-bucket \(My-artifacts\) expected/],
    // What a shell makes of a region that is not in single quotes.
    [['--code-bucket', 'my-artifacts-'], /in single quotes/],
    [['--code-bucket', `my-\${AWS::StackName}`], /^--code-bucket/],
    [['--code-bucket', 'abc', '--code-key', 'a b.zip'], /^--code-key \(a b\.zip\) expected/],
    [['--code-key', 'a.zip'], /^--code-key expected together with --code-bucket/],
    [['--folder', 'a'], /^--folder expected together with --code-bucket/],
    [['--stages', 'prod'], /'--stages'/],
    [['prod'], /'prod'/],
  ])('%j', (argv, why) => {
    expect(readPackageCommand(argv)).toEqual({ action: 'refuse', why: expect.stringMatching(why) });
  });
});
