// The certified OpenID provider (npm package oidc-provider, of the rig `oidc`) as the sign-in service of an app with a certificate:
// it verifies the statement of every request for tokens by itself: signature, alg, iss, aud, exp, jti used once. Started by
// ms_certificate.rs: CERTIFICATE is the PEM file, OIDC_RIG the rig. Prints its address, then a JSON line for each statement.
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const rig = (...names) => import(pathToFileURL(path.join(process.env.OIDC_RIG, ...names)));
const { load } = await rig('..', 'modules.mjs');
const { deviceFlow } = await rig('pages.mjs');
const { Provider, errors } = await load('oidc', 'oidc-provider');

const CLIENT = '11111111-2222-3333-4444-555555555555';
const MSP = '8777b240-c6f0-4469-9e98-a3205431b836';
const SECONDS_AT_MOST = 600; // Microsoft advises ten minutes
const GRAPH = 'https://graph.microsoft.com';
const print = (line) => process.stdout.write(JSON.stringify(line) + '\n');

// Node's reading of the certificate, not ours.
const certificate = new crypto.X509Certificate(fs.readFileSync(process.env.CERTIFICATE));
const thumbprint = Buffer.from(certificate.fingerprint256.replaceAll(':', ''), 'hex').toString('base64url');

const server = http.createServer();
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const base = `http://127.0.0.1:${server.address().port}`;
const scopes = ['https://graph.microsoft.com/.default', 'https://api.partnercenter.microsoft.com/.default'];
const provider = new Provider(`${base}/common/v2.0`, {
  clients: [
    {
      client_id: CLIENT,
      application_type: 'native',
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'PS256',
      jwks: { keys: [{ ...certificate.publicKey.export({ format: 'jwk' }), use: 'sig', alg: 'PS256' }] },
      redirect_uris: ['http://localhost', 'http://localhost/'],
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      response_types: ['code'],
    },
  ],
  enabledJWA: { clientAuthSigningAlgValues: ['PS256'] },
  clockTolerance: 0,
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id, preferred_username: 'alice@example.test', oid: id, tid: MSP }) }),
  claims: { openid: ['sub', 'oid', 'tid'], profile: ['preferred_username'] },
  scopes: ['openid', 'offline_access', 'profile'],
  conformIdTokenClaims: false,
  cookies: { keys: ['rig-only-key'] },
  rotateRefreshToken: true,
  issueRefreshToken: () => true,
  routes: { authorization: '/oauth2/v2.0/authorize', token: '/oauth2/v2.0/token', device_authorization: '/oauth2/v2.0/devicecode', code_verification: '/devicelogin' },
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  features: {
    devInteractions: { enabled: false },
    deviceFlow,
    resourceIndicators: {
      enabled: true,
      defaultResource: () => GRAPH,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({ scope: scopes.join(' '), audience: GRAPH, accessTokenFormat: 'jwt' }),
    },
  },
  // What the provider leaves to others: Microsoft's own demands.
  assertJwtClientAuthClaimsAndHeader: (ctx, claims, header) => {
    const wrong = (what) => {
      throw new errors.InvalidClientAuth(what);
    };
    if (header['x5t#S256'] !== thumbprint) wrong(`x5t#S256 is ${header['x5t#S256']}, the certificate's ${thumbprint}`);
    if (header.typ !== 'JWT') wrong('typ is not JWT');
    if (claims.sub !== CLIENT) wrong('sub is not the client');
    const now = Date.now() / 1000;
    if (!(claims.nbf <= now && claims.exp <= now + SECONDS_AT_MOST + 5)) wrong('nbf or exp');
    if (ctx.oidc.params.client_secret) wrong('a secret beside it');
    const { grant_type } = ctx.oidc.params;
    print({ accepted: grant_type ?? 'device_authorization', aud: claims.aud, jti: claims.jti, x5t: header['x5t#S256'], alg: header.alg });
  },
});
// Only the token address of the tenant that was asked, as at Microsoft.
provider.OIDCContext.prototype.clientJwtAuthExpectedAudience = function () {
  return new Set([`${base}/${this.ctx.req.tenant}/oauth2/v2.0/token`]);
};
provider.on('grant.error', (ctx, error) => print({ refused: error.error, why: error.error_detail ?? error.error_description }));
provider.on('device_authorization.error', (ctx, error) => print({ refused: error.error, why: error.error_detail }));
provider.on('server_error', (ctx, error) => print({ broken: String(error.stack) }));

/** The person agrees to everything. */
async function agree(req, res) {
  const { prompt, params, session, grantId } = await provider.interactionDetails(req, res);
  if (prompt.name === 'login') return provider.interactionFinished(req, res, { login: { accountId: 'alice' } });
  const grant = grantId ? await provider.Grant.find(grantId) : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope('openid offline_access profile');
  grant.addResourceScope(GRAPH, scopes.join(' '));
  return provider.interactionFinished(req, res, { consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: true });
}

const handle = provider.callback();
server.on('request', (req, res) => {
  if (req.url.startsWith('/interaction/')) return void agree(req, res).catch((error) => res.writeHead(500).end(String(error)));
  const [, tenant, rest] = req.url.match(/^\/([^/]+)(\/oauth2\/.*)$/) ?? [];
  if (tenant) [req.tenant, req.url] = [tenant, rest];
  // The provider gives refresh tokens only after a consent; Microsoft does not know its word for choosing an account.
  if (req.url.startsWith('/oauth2/v2.0/authorize?')) req.url = req.url.replace('prompt=select_account', 'prompt=login%20consent');
  handle(req, res);
});
print({ base });
