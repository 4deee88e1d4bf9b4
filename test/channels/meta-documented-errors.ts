import type { DocumentedError } from './provider-fixture.ts';

type Code = readonly [code: number, subcode?: number];
type Expected = DocumentedError['expected'];

const toBody = ([code, subcode]: Code) => ({
  error: {
    message: `(#${code}) Meta says so`,
    type: 'OAuthException',
    code,
    ...(subcode !== undefined && { error_subcode: subcode }),
    error_data: { messaging_product: 'whatsapp', details: 'and explains it' },
    fbtrace_id: 'AbCdEf',
  },
});

// Meta's HTTP status does not decide, so each code is tested with two of them.
const withCodes = (expected: Expected, codes: readonly Code[]): readonly DocumentedError[] =>
  codes.flatMap((code) =>
    [400, 500].map((status) => ({
      when: `code ${code.join('/')}`,
      status,
      body: toBody(code),
      expected:
        expected === 'unknown'
          ? expected
          : {
              ...expected,
              code: code.join('/'),
              message: `(#${code[0]}) Meta says so and explains it`,
            },
    })),
  );

// "Something went wrong, try again": with a server error, the message may have been sent.
const unclear = (codes: readonly Code[]): readonly DocumentedError[] => [
  ...withCodes({ reason: 'provider_unavailable' }, codes).filter(({ status }) => status < 500),
  ...withCodes('unknown', codes).filter(({ status }) => status >= 500),
];

const plain = (...codes: readonly number[]): readonly Code[] => codes.map((code) => [code]);
const dayInMs = 86_400_000;

export const whatsappErrors: readonly DocumentedError[] = [
  ...withCodes({ reason: 'window_closed' }, plain(131047)),
  ...withCodes({ reason: 'invalid_recipient' }, plain(131026, 131021, 131062)),
  ...withCodes(
    {
      reason: 'quota_exceeded',
      laterMayHelp: true,
      otherSenderMayHelp: false,
      retryAfterMs: dayInMs,
    },
    plain(131049),
  ),
  ...withCodes({ reason: 'other' }, plain(130472, 131008, 131009, 100, 131051)),
  ...withCodes(
    { reason: 'content_rejected' },
    plain(131050, 132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016),
  ),
  ...withCodes({ reason: 'rate_limited' }, plain(4, 17, 80007, 130429, 131056)),
  ...withCodes({ reason: 'quota_exceeded' }, plain(131048, 131064, 131042, 131044)),
  ...withCodes({ reason: 'provider_unavailable' }, plain(131016, 131057)),
  ...unclear(plain(131000, 1, 2)),
  ...withCodes(
    { reason: 'misconfigured' },
    plain(0, 190, 3, 10, 200, 230, 299, 131005, 368, 131031, 130497, 131045, 133010, 131030),
  ),
  ...withCodes({ reason: 'misconfigured' }, [[190, 463]]),
];

const pageErrors: readonly DocumentedError[] = [
  ...withCodes({ reason: 'misconfigured' }, plain(10, 190, 200, 230, 299, 368)),
  ...withCodes({ reason: 'invalid_recipient' }, [[551], [551, 1545041], [1545041]]),
  ...withCodes({ reason: 'other' }, [[100], [100, 2018999]]),
  ...withCodes({ reason: 'rate_limited' }, plain(4, 32, 613, 80006, 17)),
  ...withCodes({ reason: 'provider_unavailable' }, plain(1200)),
  ...unclear(plain(2)),
];

export const messengerErrors: readonly DocumentedError[] = [
  ...pageErrors,
  ...withCodes({ reason: 'window_closed' }, [[10, 2018278]]),
  ...withCodes({ reason: 'invalid_recipient' }, [
    [100, 2018001],
    [100, 33],
  ]),
  ...withCodes('unknown', [[1, 1357046]]),
];

export const instagramErrors: readonly DocumentedError[] = [
  ...pageErrors,
  ...withCodes({ reason: 'window_closed' }, [[10, 2534022]]),
  ...withCodes({ reason: 'invalid_recipient' }, [[100, 2534014]]),
  ...withCodes({ reason: 'other' }, [[100, 2534001]]),
  ...withCodes({ reason: 'rate_limited' }, [[10, 2534013]]),
  ...unclear([[2, 1545133]]),
];
