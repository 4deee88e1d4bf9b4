// The words that mail programs put before the subject of a forwarded email, in several languages.
const prefixes =
  /^\s*(?:\[[^\]]{1,40}\]\s*)?(?:fwd?|wg|wtr?|tr|rv|renv|i|inoltro?|vs|vl|vb|vidarebef|doorst?|enc|encam|pd|fs|továbbítás|ilt|пересл|转发|轉寄|転送)\s?(?:\[\d+\])?\s?[:：]/iu;

/** Whether the subject says that the email forwards another one. */
export const isForward = (subject: string | null): boolean =>
  prefixes.test((subject ?? '').slice(0, 200));

const words =
  /forwarded message|weitergeleitete[nr]? (?:nachricht|e-?mail)|message (?:transféré|réexpédié|transmis)|mensaje reenviado|messaggio inoltrato|doorgestuurd bericht|mensagem (?:encaminhada|reencaminhada)|(?:przekazana wiadomość|wiadomość przekazana)|videresendt (?:meddelelse|besked|melding)|vidarebefordrat (?:meddelande|mail|brev)|(?:edelleen)?(?:lähetetty|välitetty) viesti|přeposlaná zpráva|továbbított üzenet|mesaj redirecționat|(?:iletilen|yönlendirilen) (?:ileti|mesaj)|пересла(?:нн|ива)?(?:ое|емое) (?:сообщение|письмо)|пересылаемое сообщение|转发的?(?:邮件|信息)|轉寄的?郵件|転送(?:された)?メッセージ/iu;

/** A line such as `---------- Forwarded message ---------` or `Begin forwarded message:`. */
export const isForwardMarker = (line: string): boolean =>
  line.length <= 120 && /^\s*[-–—]{2,}|[:：]\s*$/u.test(line) && words.test(line);
