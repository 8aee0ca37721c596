/** The protocols that are spoken over HTTP. */
export type Dialect = 'native' | 'leancloud' | 'vonage';

const leanCloud = /^\/1\.[12](?:[/?]|$)/;
/** What other protocols have below /v1 is not Vonage's. */
const vonage =
  /^\/(?:beta2?|v0\.[123]|v1(?!\/(?:phones|files|route)(?:[/?]|$)|\/users:)|v2\/rtc\/metrics)(?:[/?]|$)/;

/** @param url of a request, or its path alone */
export function dialectOf(url: string | undefined): Dialect {
  if (leanCloud.test(url ?? '')) return 'leancloud';
  return vonage.test(url ?? '') ? 'vonage' : 'native';
}
