const gsm7 =
  /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà\f^{}\\[~\]|€]*$/;
/** Each takes the place of two. */
const extended = /[\f^{}\\[~\]|€]/g;

/** How many SMS a text takes: those of GSM-7 have 160 characters, those of UCS-2 have 70. */
export const countSegments = (body: string): number => {
  const [single, part, length] = gsm7.test(body)
    ? [160, 153, body.length + (body.match(extended)?.length ?? 0)]
    : [70, 67, body.length];
  return length <= single ? 1 : Math.ceil(length / part);
};
