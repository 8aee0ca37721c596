// Hookline's REST API with one kind of credentials.

/**
 * @param {string} applicationId
 * @param {string} masterKey
 */
export function basic(applicationId, masterKey) {
  return `Basic ${Buffer.from(`${applicationId}:${masterKey}`).toString('base64')}`;
}

/** @param {string} key a token of a user, or the installation key */
export function bearer(key) {
  return `Bearer ${key}`;
}

export class Rest {
  /**
   * @param {string} url of a gateway
   * @param {string} authorization
   */
  constructor(url, authorization) {
    this.url = url;
    this.authorization = authorization;
  }

  /** @param {string} path below /api/v1 */
  get(path) {
    return this.call('GET', path);
  }

  /**
   * @param {string} path
   * @param {object} body
   */
  post(path, body) {
    return this.call('POST', path, body);
  }

  /** @param {string} path */
  delete(path) {
    return this.call('DELETE', path);
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   * @returns {Promise<any>}
   */
  async call(method, path, body) {
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { authorization: this.authorization, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered with ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }
}
