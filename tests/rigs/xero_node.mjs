// Xero's own SDK reads every setting of the stand-in, and creates, changes and reads each kind of document.
// The environment is set by xero_node.rs. Exit code 1 when a shape or a value is wrong.
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const { load } = await import(pathToFileURL(path.join(process.env.RIG_XERO_NODE, '..', 'modules.mjs')));
const { XeroClient } = await load('xero-node', 'xero-node');
const { default: axios } = await load('xero-node', 'axios');
axios.interceptors.request.use((request) => {
  if ((request.method || '').toLowerCase() === 'get') delete request.data; // the SDK sends a body with GET
  return request;
});

const tenant = process.env.XERO_TENANT;
const client = new XeroClient();
client.setTokenSet({ access_token: process.env.XERO_TOKEN, token_type: 'Bearer', expires_in: 1800 });
const api = client.accountingApi;
api.basePath = `${process.env.XERO_BASE}/api.xro/2.0`;

const problems = [];
const want = (ok, text) => ok || problems.push(text);
const same = (got, expected, name) => want(JSON.stringify(got) === JSON.stringify(expected), `${name} is ${JSON.stringify(got)}, not ${JSON.stringify(expected)}`);
const day = (date) => new Date(date).toISOString().slice(0, 10);

const organisation = (await api.getOrganisations(tenant)).body.organisations[0];
same([organisation.organisationID, organisation.baseCurrency, organisation.paymentTerms.sales.type], [tenant, 'AUD', 'OFFOLLOWINGMONTH'], 'organisation');
want((await api.getOrganisationActions(tenant)).body.actions.some((action) => action.name === 'CreateDraftBill' && action.status === 'ALLOWED'), 'no action CreateDraftBill');
const accounts = (await api.getAccounts(tenant, undefined, 'Status=="ACTIVE" AND Class=="EXPENSE"')).body.accounts;
same(accounts.map((account) => [account.code, account._class]), [['310', 'EXPENSE'], ['429', 'EXPENSE']], 'accounts');
const rate = (await api.getTaxRates(tenant)).body.taxRates[0];
same([rate.taxType, rate.effectiveRate, rate.canApplyToRevenue], ['OUTPUT', 10, true], 'tax rate');
const contacts = (await api.getContacts(tenant, undefined, undefined, undefined, undefined, 1, true)).body;
same([contacts.contacts.length, contacts.pagination.itemCount, contacts.contacts[0].contactID], [3, 3, process.env.XERO_SUPPLIER], 'contacts');
same((await api.getItems(tenant, undefined, undefined, undefined, 4)).body.items[0].salesDetails.unitPrice, 32.9, 'price of the item');
same((await api.getTrackingCategories(tenant)).body.trackingCategories[0].options.map((option) => option.name), ['North', 'South'], 'tracking');
same((await api.getBrandingThemes(tenant)).body.brandingThemes[0].sortOrder, 0, 'branding theme');
same((await api.getCurrencies(tenant)).body.currencies.map((currency) => currency.code), ['AUD'], 'currencies');

const lineItems = (accountCode) => [{ description: 'Seats', quantity: 3, unitAmount: 0.1648, accountCode }];
const bill = { type: 'ACCPAY', contact: { contactID: process.env.XERO_SUPPLIER }, invoiceNumber: 'DD-1', date: '2026-11-30', dueDate: '2026-12-30', lineItems: lineItems('310') };
const kept = (await api.createInvoices(tenant, { invoices: [bill] }, false, 4, 'key-bill')).body.invoices[0];
same([kept.type, kept.subTotal, kept.totalTax, kept.lineItems[0].unitAmount, kept.lineItems[0].taxType], ['ACCPAY', 0.49, 0.05, 0.1648, 'INPUT'], 'bill');
const found = (await api.getInvoices(tenant, undefined, 'Type=="ACCPAY" AND Date>=DateTime(2026,11,01)', undefined, undefined, undefined, undefined, undefined, 1)).body;
same([found.invoices.length, day(found.invoices[0].date), day(found.invoices[0].dueDate)], [1, '2026-11-30', '2026-12-30'], 'bill found');

await api.createInvoiceHistory(tenant, kept.invoiceID, { historyRecords: [{ details: 'a note' }] });
same((await api.getInvoiceHistory(tenant, kept.invoiceID)).body.historyRecords[0].details, 'a note', 'history');
await api.createInvoiceAttachmentByFileName(tenant, kept.invoiceID, 'lines.csv', Buffer.from('a,b'), true, 'key-file', { headers: { 'Content-Type': 'text/csv' } });
const attachment = (await api.getInvoiceAttachments(tenant, kept.invoiceID)).body.attachments[0];
same([attachment.fileName, attachment.mimeType, attachment.contentLength, attachment.includeOnline], ['lines.csv', 'text/csv', 3, true], 'attachment');
const deleted = (await api.updateInvoice(tenant, kept.invoiceID, { invoices: [{ status: 'DELETED' }] }, 4)).body.invoices[0];
same([deleted.status, deleted.amountDue], ['DELETED', 0], 'deleted bill');

const credits = ['ACCRECCREDIT', 'ACCPAYCREDIT'].map((type) => ({
  type,
  contact: { contactID: process.env.XERO_CONTACT },
  date: '2026-11-30',
  creditNoteNumber: type === 'ACCRECCREDIT' ? 'CN-1' : undefined,
  lineItems: lineItems(type === 'ACCRECCREDIT' ? '200' : '310'),
}));
const written = (await api.createCreditNotes(tenant, { creditNotes: credits }, false, 4)).body.creditNotes;
same(written.map((note) => [note.type, note.creditNoteNumber, note.remainingCredit]), [['ACCRECCREDIT', 'CN-1', 0.54], ['ACCPAYCREDIT', undefined, 0.54]], 'credit notes');
same((await api.getCreditNotes(tenant, undefined, undefined, undefined, 1, 4)).body.creditNotes.length, 2, 'number of credit notes');

const refused = (await api.createInvoices(tenant, { invoices: [{ ...bill, lineItems: [] }] }, false, 4)).body.invoices[0];
same([refused.statusAttributeString, refused.hasErrors, refused.validationErrors.length], ['ERROR', true, 1], 'refusal of one element');
try {
  await api.createInvoices(tenant, { invoices: [{ ...bill, lineItems: [] }] }, true, 4);
  problems.push('a call with a bad element was accepted');
} catch (error) {
  const body = JSON.parse(error).response?.body ?? {};
  same([body.ErrorNumber, body.Type, body.Elements?.length], [10, 'ValidationException', 1], 'refusal of a call');
}

for (const problem of problems) console.error('FAIL', problem);
if (!problems.length) console.log('PASS every setting and document');
process.exit(problems.length ? 1 : 0);
