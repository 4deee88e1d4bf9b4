import { InvalidArgumentError } from '@commander-js/extra-typings';

const isKnown = (zone: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};

/** An IANA name. Hosts also accept offsets such as +02:00, which have no summer time and the opposite sign in Postgres. */
export const parseTimeZone = (text: string): string => {
  const wanted = text.trim();
  const zones = ['UTC', ...Intl.supportedValuesOf('timeZone')];
  const listed = zones.find((zone) => zone.toLowerCase() === wanted.toLowerCase());
  // The list has only one name of each zone: Asia/Calcutta or Asia/Kolkata, not both.
  const zone = listed ?? (/^[a-z]+(\/[a-z0-9_+-]+)+$/i.test(wanted) ? wanted : '');
  if (zone !== '' && isKnown(zone)) return zone;
  throw new InvalidArgumentError('Say an IANA time zone, such as Europe/Berlin or UTC.');
};
