/** Files of TLS, which every engine takes. */

import { checkOptions, optionNames } from '../core/options';
import { checkObject, checkString } from '../core/validators';

/** Files of TLS. */
export interface TlsFiles {
  /** The certificate authority that has signed the server's certificate. */
  caFile?: string | undefined;
  /** This client's certificate. */
  certFile?: string | undefined;
  /** Its key. */
  keyFile?: string | undefined;
}

const known = optionNames<TlsFiles>('tls', { caFile: true, certFile: true, keyFile: true });

export function checkTls(tls: TlsFiles | boolean | undefined): void {
  if (tls === undefined || typeof tls === 'boolean') return;
  for (const [name, file] of Object.entries(checkOptions(checkObject(tls, 'options.tls'), known) ?? {})) {
    if (file !== undefined) checkString(file, `options.tls.${name}`);
  }
}
