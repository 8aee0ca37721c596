const shortest = 1_000;
const longest = 60 * 60 * 1_000;
/** As HTTP servers write dates, obsolete forms included; JavaScript would read a date into nearly everything. */
const httpDate = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /;

/**
 * For how long an answer's header Retry-After asks to be left alone: 1 s to 1 h, in ms. Null: it does not say.
 *
 * @param now ms since the epoch
 */
export function retryAfterOf(header: string | null, now: number): number | null {
  const text = header?.trim() ?? '';
  const asked = /^\d{1,9}$/.test(text)
    ? Number(text) * 1_000
    : httpDate.test(text)
      ? Date.parse(text) - now
      : NaN;
  return Number.isNaN(asked) ? null : Math.min(longest, Math.max(shortest, asked));
}
