/** An operator of NATS with an account and a user: what `nsc` makes, for a server that has it in its configuration. */

interface KeyPair {
  getPublicKey(): string;
  getSeed(): Uint8Array;
  sign(bytes: Uint8Array): Uint8Array;
}

type KeyPair4 = [KeyPair, KeyPair, KeyPair, KeyPair];

const base64 = (value: string | Uint8Array): string => Buffer.from(value).toString('base64url');

/** A JWT as NATS has them: signed by the key of who is above. */
function jwt(signer: KeyPair, subject: KeyPair, name: string, nats: object): string {
  const header = base64(JSON.stringify({ typ: 'JWT', alg: 'ed25519-nkey' }));
  const claims = {
    ...{ jti: name, iat: 1_700_000_000, iss: signer.getPublicKey(), sub: subject.getPublicKey(), name },
    nats: { ...nats, version: 2 },
  };
  const signed = `${header}.${base64(JSON.stringify(claims))}`;
  return `${signed}.${base64(signer.sign(Buffer.from(signed)))}`;
}

const unlimited = { subs: -1, data: -1, payload: -1 };

/** The server's configuration, and the contents of a file of credentials that it lets in. */
export function makeOperator(): { config: string; creds: string } {
  const { createOperator, createAccount, createUser } = require('@nats-io/nkeys') as Record<string, () => KeyPair>;
  const [operator, account, system, user] = [
    createOperator?.(),
    createAccount?.(),
    createAccount?.(),
    createUser?.(),
  ] as KeyPair4;
  const limits = {
    ...unlimited,
    ...{ imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 },
    ...{ mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 },
  };
  const ofOperator = jwt(operator, operator, 'operator', { type: 'operator' });
  const ofAccount = jwt(operator, account, 'account', { limits, default_permissions: {}, type: 'account' });
  const withoutStreams = { ...limits, mem_storage: 0, disk_storage: 0, streams: 0, consumer: 0 };
  const ofSystem = jwt(operator, system, 'system', {
    limits: withoutStreams,
    default_permissions: {},
    type: 'account',
  });
  const ofUser = jwt(account, user, 'user', { ...unlimited, pub: {}, sub: {}, type: 'user' });
  const seed = new TextDecoder().decode(user.getSeed());
  return {
    // JetStream needs a system account beside the one that has it.
    config: [
      ...[`operator: ${ofOperator}`, `system_account: ${system.getPublicKey()}`, 'resolver: MEMORY'],
      ...[
        'resolver_preload: {',
        `${account.getPublicKey()}: ${ofAccount}`,
        `${system.getPublicKey()}: ${ofSystem}`,
        '}',
      ],
    ].join('\n'),
    creds: [
      ...['-----BEGIN NATS USER JWT-----', ofUser, '------END NATS USER JWT------', ''],
      ...['-----BEGIN USER NKEY SEED-----', seed, '------END USER NKEY SEED------', ''],
    ].join('\n'),
  };
}
