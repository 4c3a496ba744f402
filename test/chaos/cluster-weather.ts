// What can go wrong with the cluster, kind by kind.
import type { Fault } from '../../infra/local/stand-in/faults.ts';
import { CALM, type ClusterWeather } from './weather.ts';

const PROBLEM = { 'content-type': 'application/problem+json' };
const HTML = { 'content-type': 'text/html' };

function answer(status: number, title: string): Fault {
  return {
    kind: 'answer',
    status,
    headers: PROBLEM,
    body: JSON.stringify({ type: 'about:blank', title, status, detail: `${title} by the weather` }),
  };
}

const EXHAUSTED: Fault = { kind: 'situation', situation: { is: 'exhausted', partition: '1' } };

/** Something answers in the place of the cluster, whatever is asked, the topology included. */
export const PROXY_IN_FRONT: ClusterWeather = {
  name: 'a proxy in front',
  share: 1,
  length: 20,
  plays: [
    { name: 'ingress without a backend', fault: { kind: 'front', says: 'ingress-404' } },
    { name: 'sign-in page', fault: { kind: 'front', says: 'sign-in-page' } },
    { name: 'redirect to a sign-in page', fault: { kind: 'front', says: 'login-redirect' } },
    { name: 'nginx that wants TLS', fault: { kind: 'front', says: 'nginx-400-plain-http' } },
    { name: 'firewall', fault: { kind: 'front', says: 'waf-403' } },
    { name: 'Cloudflare 1001', fault: { kind: 'front', says: 'cloudflare-1001' } },
    { name: 'ingress without an endpoint', fault: { kind: 'front', says: 'nginx-503' } },
    { name: 'Cloudflare 521', fault: { kind: 'front', says: 'cloudflare-521' } },
  ],
};

/** All weather over the cluster. What says 204 is carried out: a cluster that lies is not what this is about. */
export const CLUSTER_WEATHER: readonly ClusterWeather[] = [
  CALM,
  {
    name: 'backpressure',
    share: 0.8,
    plays: [
      { name: '503 exhausted', fault: EXHAUSTED },
      { name: '503 with Retry-After', fault: { ...EXHAUSTED, headers: { 'retry-after': '1' } } },
      { name: '429', fault: answer(429, 'RESOURCE_EXHAUSTED') },
    ],
  },
  {
    name: 'outage',
    share: 1,
    length: 3,
    plays: [
      { name: '503 no broker', fault: { kind: 'situation', situation: { is: 'no-broker' } } },
      { name: '503 without a body', fault: { kind: 'answer', status: 503 } },
      {
        name: '502 from a proxy',
        fault: { kind: 'answer', status: 502, headers: HTML, body: '<h1>Bad Gateway</h1>' },
      },
    ],
  },
  {
    name: 'hanging',
    share: 0.6,
    plays: [
      { name: 'hang', fault: { kind: 'hang' } },
      { name: 'hang, carried out', fault: { kind: 'hang', carriedOut: true } },
      { name: 'half-open connection', fault: { kind: 'silence' } },
      { name: '504', fault: { kind: 'situation', situation: { is: 'timeout' } } },
      {
        name: '504, carried out',
        fault: { kind: 'situation', situation: { is: 'timeout' }, carriedOut: true },
      },
      { name: '502 cut', fault: { kind: 'situation', situation: { is: 'cut' }, carriedOut: true } },
      { name: 'trickling head', fault: { kind: 'trickle', from: 'headers', carriedOut: true } },
      { name: 'trickling body', fault: { kind: 'trickle', from: 'body', carriedOut: true } },
    ],
  },
  {
    name: 'resetting',
    share: 0.8,
    plays: [
      { name: 'reset', fault: { kind: 'reset', at: 'start' } },
      { name: 'reset, carried out', fault: { kind: 'reset', at: 'start', carriedOut: true } },
      { name: 'reset in the body', fault: { kind: 'reset', at: 'body', carriedOut: true } },
      { name: 'closed', fault: { kind: 'close' } },
      { name: 'closed, carried out', fault: { kind: 'close', carriedOut: true } },
    ],
  },
  {
    name: 'failing',
    share: 0.85,
    length: 5,
    plays: [
      { name: '500', fault: answer(500, 'INTERNAL') },
      { name: '500, carried out', fault: { ...answer(500, 'INTERNAL'), carriedOut: true } },
      { name: '403', fault: answer(403, 'Forbidden') },
      { name: '418', fault: answer(418, 'no such thing') },
    ],
  },
  PROXY_IN_FRONT,
  {
    name: 'garbage',
    share: 0.7,
    plays: [
      { name: 'not HTTP', fault: { kind: 'garbage' } },
      {
        name: 'broken chunks after a 503',
        fault: { kind: 'garbage', bytes: 'HTTP/1.1 503 \r\ntransfer-encoding: chunked\r\n\r\nzz\r\n' },
      },
      {
        name: '500 with a page',
        fault: { kind: 'answer', status: 500, headers: HTML, body: `<html>${'x'.repeat(100_000)}` },
      },
      {
        name: '503 with broken JSON',
        fault: { kind: 'answer', status: 503, headers: PROBLEM, body: '{"title":"\u0000\u001b[31m' },
      },
    ],
  },
  {
    name: 'refused credentials',
    share: 0.3,
    plays: [
      {
        name: '401 expired token',
        fault: { kind: 'situation', situation: { is: 'unauthorized', detail: 'the token has expired' } },
      },
    ],
    mishaps: ['issuer refuses', 'issuer unavailable', 'issuer resets', 'issuer hangs', 'issuer garbage'],
  },
  {
    name: 'a storage behind',
    share: 0,
    plays: [],
    mishaps: ['storage lags', 'storage stands still', 'storage absent', 'storage lags'],
  },
  { name: 'restarts', share: 0, plays: [], mishaps: ['restart', 'restart'] },
  {
    name: 'deaths',
    share: 0.02,
    plays: [
      { name: 'killed during a call', kill: true },
      { name: 'killed during a call that hangs', kill: true, fault: { kind: 'hang' } },
    ],
  },
];
