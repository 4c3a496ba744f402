import { describe, expect, test } from 'vitest';
import { folderOf, keptDeployments, listOf, targetOf, versionIn } from '../../../infra/tools/deployments.ts';

const folder = (iso: string) => `serverless/camunda-unassign/prod/${Date.parse(iso)}-${iso}`;
const [OLD, MIDDLE, NEW] = [
  '2026-11-01T10:00:00.123Z',
  '2026-11-02T10:00:00.456Z',
  '2026-11-03T10:00:00.789Z',
] as const;

describe('the deployments that are kept', () => {
  test('are those with a template, the newest first', () => {
    const keys = [
      `${folder(OLD)}/compiled-cloudformation-template.json`,
      `${folder(OLD)}/unassign.zip`,
      `${folder(NEW)}/compiled-cloudformation-template.json`,
      `${folder(MIDDLE)}/unassign.zip`,
      'serverless/camunda-unassign/prod/code-artifacts/1a2b.zip',
      'something/else',
      // No time of any clock.
      'serverless/camunda-unassign/prod/99999999999999999-x/compiled-cloudformation-template.json',
    ];
    expect(keptDeployments(keys)).toEqual([
      { folder: folder(NEW), deployedAt: new Date(NEW) },
      { folder: folder(OLD), deployedAt: new Date(OLD) },
    ]);
  });
});

test.each([
  [`${folder(OLD)}/unassign.zip`, folder(OLD)],
  ['camunda-unassign/0a1b.zip', undefined],
])('the code %s is of the deployment %s', (key, expected) => {
  expect(folderOf(key)).toBe(expected);
});

test.each([
  [
    'Unassigns Camunda user tasks as the messages of a queue ask for. camunda-unassign 1.2.3, stage prod.',
    '1.2.3',
  ],
  ['Unassigns … camunda-unassign 1.2.3-rc.1, stage prod. THE ADDRESS', '1.2.3-rc.1'],
  ['The AWS CloudFormation template for this Serverless application', undefined],
])('of %s the version is %s', (description, version) => {
  expect(versionIn(description)).toBe(version);
});

describe('the target', () => {
  const kept = [
    { folder: folder(NEW), deployedAt: new Date(NEW), version: '2.0.0' },
    { folder: folder(MIDDLE), deployedAt: new Date(MIDDLE), version: '1.0.0' },
    { folder: folder(OLD), deployedAt: new Date(OLD), version: '1.0.0' },
  ];

  test.each<[string, string, string | undefined, string | undefined]>([
    ['the one before the newest', NEW, undefined, MIDDLE],
    ['the one before the present one, which is older already', MIDDLE, undefined, OLD],
    ['none before the oldest', OLD, undefined, undefined],
    ['the newest of a version', NEW, '1.0.0', MIDDLE],
    ['a version with the v of its tag', NEW, 'v1.0.0', MIDDLE],
    ['another deployment of the version that is there', MIDDLE, '1.0.0', OLD],
    ['one by its time', NEW, '2026-11-01T10:00:00Z', OLD],
    ['a newer one that is named', OLD, '2.0.0', NEW],
    ['none of a version that is not kept', NEW, '0.9.0', undefined],
    ['not the present one', NEW, '2.0.0', undefined],
    ['none before one that is no longer kept', '2026-10-01T10:00:00.000Z', undefined, undefined],
  ])('is %s', (_what, current, wanted, expected) => {
    const target = targetOf(kept, folder(current), wanted);
    expect(target.ok ? target.deployment.folder : undefined).toBe(expected && folder(expected));
  });

  test('where there is none, the list of all says which there are', () => {
    expect(targetOf(kept, folder(OLD), undefined)).toEqual({
      ok: false,
      why: `no deployment before the present one is kept. These are:\n${listOf(kept, folder(OLD))}`,
    });
    expect(listOf(kept, folder(OLD))).toContain('2026-11-01T10:00:00Z  1.0.0  (now)');
  });
});
