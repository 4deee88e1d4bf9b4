// Where the mail that is answered begins, as the common mail programs write it in some languages.
const beginnings: readonly RegExp[] = [
  /^\s*(?:On|Am|Le|El|Op|Il)\b[^\n]{0,200}(?:\n[^\n]{0,200})?(?:wrote|schrieb|a écrit|escribió|schreef|ha scritto)[^\n]{0,80}:\s*$/mu,
  /^\s*-{2,}\s*(?:Original Message|Ursprüngliche Nachricht|Message d'origine|Mensaje original|Oorspronkelijk bericht|Forwarded message)\s*-{2,}\s*$/imu,
  /^\s*\*?(?:From|Von|De|Van|Da):\*?\s[^\n]+\n\s*\*?(?:Sent|Date|Gesendet|Datum|Envoyé|Enviado|Fecha|Verzonden|Inviato|To|An|À|Para)\b[^\n]*:/imu,
  /^_{20,}\s*$/mu,
  /^(?:\s*>[^\n]*(?:\n|$)|\s*\n)+$(?![\s\S]*^[^>\s])/mu,
];

/** What a person wrote in a reply by email, without the mail that it answers. Never empty where the text was not. */
export const withoutQuotedTail = (text: string): string => {
  const whole = text.replace(/\r\n?/g, '\n');
  const cut = beginnings.map((beginning) => whole.search(beginning)).filter((index) => index >= 0);
  const own = whole.slice(0, Math.min(whole.length, ...cut)).trim();
  return own === '' ? text : own;
};
