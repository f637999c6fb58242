// The comparison of docs/performance.md: 300 invoices through Xero's own SDK, one call each, as scripts do it, against
// the sandbox (`cargo run --example sandbox`), which keeps Xero's limits. Waits as the answers ask.
//   RIG_XERO_NODE=../shared/rigs/xero-node node benches/one_call_each.mjs [INVOICES]
import { createHash, randomBytes } from 'node:crypto';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const base = process.env.XERO_BASE || 'http://127.0.0.1:8750';
const clientId = '5A4D0B0C3C0E4D0F8F6E1B2A7C9D3E41';
const redirect = 'http://localhost:8742/callback';
const scope = 'offline_access accounting.invoices accounting.contacts.read accounting.settings.read';
const { load } = await import(pathToFileURL(path.resolve(process.env.RIG_XERO_NODE, '..', 'modules.mjs')));
const { XeroClient } = await load('xero-node', 'xero-node');

const verifier = randomBytes(48).toString('base64url');
const form = (fields) => ({ method: 'POST', redirect: 'manual', body: new URLSearchParams(fields) });
const challenge = createHash('sha256').update(verifier).digest('base64url');
const asked = { response_type: 'code', client_id: clientId, redirect_uri: redirect, scope, state: 'x', code_challenge: challenge, code_challenge_method: 'S256' };
const consent = await fetch(`${base}/identity/connect/authorize`, form({ ...asked, decision: 'allow' }));
const code = new URL(consent.headers.get('location')).searchParams.get('code');
const grant = { grant_type: 'authorization_code', client_id: clientId, code, redirect_uri: redirect, code_verifier: verifier };
const { access_token: token } = await (await fetch(`${base}/connect/token`, form(grant))).json();
const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
const [{ tenantId: tenant }] = await (await fetch(`${base}/connections`, { headers })).json();
const { Contacts: contacts } = await (await fetch(`${base}/api.xro/2.0/Contacts?page=1`, { headers: { ...headers, 'xero-tenant-id': tenant } })).json();

const client = new XeroClient();
client.setTokenSet({ access_token: token, token_type: 'Bearer', expires_in: 1800 });
client.accountingApi.basePath = `${base}/api.xro/2.0`;
const count = Number(process.argv[2] || 300);
const began = process.hrtime.bigint();
let calls = 0;
for (let number = 1; number <= count; number++) {
  const lineItems = [{ description: 'Seats', quantity: 3, unitAmount: 32.9, accountCode: '200' }];
  const contact = { contactID: contacts[number % contacts.length].ContactID };
  const invoice = { type: 'ACCREC', contact, invoiceNumber: `ONE-${process.pid}-${number}`, date: '2026-11-30', dueDate: '2026-12-20', lineItems };
  for (;;) {
    calls++;
    try {
      await client.accountingApi.createInvoices(tenant, { invoices: [invoice] }, false, 4, `one-${process.pid}-${number}`);
      break;
    } catch (error) {
      const { response } = typeof error === 'string' ? JSON.parse(error) : error;
      const status = response?.statusCode ?? response?.status;
      if (status !== 429) throw error;
      const wait = Number(response.headers['retry-after'] || 1);
      await new Promise((resolve) => setTimeout(resolve, wait * 1000));
    }
  }
}
console.log(`${count} invoices, ${calls} calls, ${(Number(process.hrtime.bigint() - began) / 1e9).toFixed(1)} s`);
