import type { Check } from './check.ts';
import type { OpenedConnection } from './connections.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

const lookAt = ({ id, label: subject, keyId, opened, isOld }: OpenedConnection): Finding[] => {
  if (opened === null) {
    return [
      problem(
        `does not open: it was sealed with the key ${keyId || 'of nobody'}, for the connection ${id}`,
        'Put that key into CREDENTIALS_KEY, behind the present one and a comma, or enter the credentials of this connection again.',
        { subject },
      ),
    ];
  }
  return isOld
    ? [
        warning(
          `sealed with the old key ${keyId}`,
          'Seal it with the present one: `npm run crm -- connections reseal`.',
          { subject },
        ),
      ]
    : [];
};

/** The function can only send with credentials that it can open. */
export const credentials: Check = {
  name: 'credentials',
  needs: ['environment', 'accounts'],
  run: async ({ connections }) => {
    const all = await connections();
    const findings = all.flatMap(lookAt);
    return findings.length > 0 ? findings : [ok(`${all.length} open with CREDENTIALS_KEY`)];
  },
};
