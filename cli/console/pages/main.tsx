import { render } from 'preact';
import { App } from './app.tsx';
import { takeToken } from './arrival.ts';

// Before anything else: the token must not stay in the address, where the history keeps it.
const token = takeToken({ screen: 'overview', query: {} });
const root = document.getElementById('app');
if (root !== null) render(<App token={token} />, root);
