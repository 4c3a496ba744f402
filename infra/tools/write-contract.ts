// Writes the generated documents of the contract into client/contract/documents.
import { writeFile } from 'node:fs/promises';
import { contractDocuments } from './contract-documents.ts';

for (const [name, text] of contractDocuments()) {
  await writeFile(new URL(`../../client/contract/documents/${name}`, import.meta.url), text);
  console.log(`client/contract/documents/${name}`);
}
